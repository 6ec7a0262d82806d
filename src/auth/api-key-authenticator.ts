import { Inject, Injectable, Logger, Optional, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { BoundedCache } from '../collections/bounded-cache.js';
import { GatewayError } from '../errors/gateway-error.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../gateway.settings.js';
import { type KeySettings } from '../key.options.js';
import { AddressRanges } from './address-ranges.js';
import { apiKeyId, cacheDigest } from './api-key.js';
import { ApiKeyRepository, type StoredApiKey } from './api-key.repository.js';
import { organizationOf, ownerId } from './owners.js';
import { type Change, ChangeFeed } from './change-feed.js';
import { type Principal } from './principal.js';
import { type Recognition } from './secret-digests.js';

const FRESH_MS = 60_000;
/** How long a key that was good stays good while the database cannot be asked. */
const STALE_IF_ERROR_MS = 300_000;
const UNKNOWN_MS = 5_000;
const MAX_CACHED = 50_000;
/** No key of any form is longer; what is longer is not even hashed. */
const MAX_KEY_LENGTH = 512;

interface CachedKey {
  readonly id: string;
  /** `undefined`: known to be no key. */
  readonly principal: Principal | undefined;
  /** Milliseconds since 1970 at which the key itself ends. */
  readonly expiresAt: number;
  /** Monotonic milliseconds. */
  readonly checkedAt: number;
}

/**
 * Tells whose key it is. Keys of the configuration are known by heart; others are looked up by the id they carry and
 * remembered for a minute, for five minutes more while the database does not answer. What is changed about a key is
 * forgotten as soon as it is told.
 */
@Injectable()
export class ApiKeyAuthenticator implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(ApiKeyAuthenticator.name);
  private readonly configured: ReadonlyMap<string, Principal>;
  private readonly cache = new BoundedCache<CachedKey>(MAX_CACHED, {
    dispose: ({ id }, digest) => this.forgetDigest(id, digest),
  });
  /** What is remembered of a key, under whichever secrets. */
  private readonly digests = new Map<string, Set<string>>();
  /** Counts what was told: what was looked up before may be out of date when it comes. */
  private changes = 0;
  private stop = (): void => undefined;
  private readonly pending = new Map<string, Promise<Principal | undefined>>();

  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: GatewaySettings,
    private readonly repository: ApiKeyRepository,
    @Optional() private readonly feed?: ChangeFeed,
  ) {
    this.configured = new Map(
      settings.keys.map(({ name, secret, models, ...keySettings }) => [
        cacheDigest(secret),
        principalOf({ id: null, name, allowedModels: models ?? null, settings: keySettings }),
      ]),
    );
  }

  onModuleInit(): void {
    this.stop = this.feed?.on((changes) => changes.forEach((change) => this.forget(change))) ?? this.stop;
  }

  onApplicationShutdown(): void {
    this.stop();
  }

  /**
   * @returns the caller, `undefined` where the key is not valid; without a promise where that is known already.
   * @throws GatewayError `auth_unavailable` where it cannot be known.
   */
  authenticate(key: string): Principal | undefined | Promise<Principal | undefined> {
    if (key.length > MAX_KEY_LENGTH) return undefined;
    const digest = cacheDigest(key);
    const configured = this.configured.get(digest);
    if (configured !== undefined) return configured;
    const cached = this.cache.get(digest);
    if (cached !== undefined && isFresh(cached)) return this.valid(cached);
    const id = apiKeyId(key);
    if (id === undefined) return undefined;
    const begun = this.pending.get(digest);
    if (begun !== undefined) return begun;
    const lookup = this.lookUp(id, key, digest, cached).finally(() => {
      // After a change another may have begun in its place.
      if (this.pending.get(digest) === lookup) this.pending.delete(digest);
    });
    this.pending.set(digest, lookup);
    return lookup;
  }

  /**
   * Whom a key lets in, whether or not it does at the moment: for administration.
   * @param id of a stored key, or the name of one of the configuration.
   */
  async principalOf(id: string): Promise<Principal | undefined> {
    for (const principal of this.configured.values()) if (principal.keyName === id) return principal;
    const stored = await this.repository.findById(id);
    return stored === undefined ? undefined : principalOf(stored);
  }

  private async lookUp(
    id: string,
    key: string,
    digest: string,
    cached: CachedKey | undefined,
  ): Promise<Principal | undefined> {
    const { changes } = this;
    let stored: StoredApiKey | undefined;
    try {
      stored = await this.repository.findById(id);
    } catch (cause) {
      if (cached?.principal !== undefined && performance.now() - cached.checkedAt < FRESH_MS + STALE_IF_ERROR_MS) {
        this.logger.warn(
          'The database cannot be asked about a key; it was valid a short while ago and stays so for now',
        );
        return this.valid(cached);
      }
      throw new GatewayError('auth_unavailable', { retryAfter: 1, shouldRetry: true, cause });
    }
    const recognized = this.recognize(stored, key);
    const entry = judge(id, stored, recognized);
    if (stored !== undefined && entry.principal !== undefined) this.renewDigests(stored, key, recognized);
    if (changes === this.changes) this.remember(digest, entry);
    return this.valid(entry);
  }

  private valid({ principal, expiresAt }: CachedKey): Principal | undefined {
    const hasEnded = expiresAt !== Number.POSITIVE_INFINITY && expiresAt <= (this.feed?.now() ?? Date.now());
    return hasEnded ? undefined : principal;
  }

  private remember(digest: string, entry: CachedKey): void {
    this.cache.set(digest, entry);
    const digests = this.digests.get(entry.id);
    if (digests === undefined) this.digests.set(entry.id, new Set([digest]));
    else digests.add(digest);
  }

  private forget({ kind, subject }: Change): void {
    if (kind === 'routing') return;
    this.changes++;
    this.pending.clear();
    if (kind === 'key') {
      for (const digest of this.digests.get(subject) ?? []) this.cache.delete(digest);
      return;
    }
    // A copy: what is removed is not in the way of what comes after it.
    const remembered = [...this.cache.entries()];
    for (const [digest, { principal }] of remembered) {
      // Those that were refused too: perhaps because of this owner.
      if (principal === undefined || isOf(principal, subject)) this.cache.delete(digest);
    }
  }

  private forgetDigest(id: string, digest: string): void {
    const digests = this.digests.get(id);
    if (digests?.delete(digest) === true && digests.size === 0) this.digests.delete(id);
  }

  /** Asked also where there is nothing to compare with, so that an unknown id takes as long as a wrong secret. */
  private recognize(stored: StoredApiKey | undefined, key: string): Recognized {
    const { digests } = this.settings;
    return {
      digest: digests.recognize(key, stored?.digest),
      previousDigest: digests.recognize(key, stored?.previousDigest),
    };
  }

  /** Off the way of the request: where it fails, the next one who is looked up tries again. */
  private renewDigests(stored: StoredApiKey, key: string, recognized: Recognized): void {
    for (const name of ['digest', 'previousDigest'] as const) {
      const before = stored[name];
      if (recognized[name] !== 'outdated' || before === undefined || before === null) continue;
      this.repository.renewDigest(stored.id, before, this.settings.digests.of(key)).catch((error: unknown) => {
        this.logger.warn(`A key is still stored under a master key of before: ${String(error)}`);
      });
    }
  }
}

/** By which of its digests a key was recognised. */
type Recognized = Readonly<Record<'digest' | 'previousDigest', Recognition | undefined>>;

function judge(id: string, stored: StoredApiKey | undefined, { digest, previousDigest }: Recognized): CachedKey {
  const checkedAt = performance.now();
  const isRecognized = digest !== undefined || previousDigest !== undefined;
  if (stored === undefined || !isRecognized || isDisabled(stored)) {
    return { id, principal: undefined, expiresAt: Number.POSITIVE_INFINITY, checkedAt };
  }
  const end = timeOf(stored.expiresAt);
  return {
    id,
    principal: principalOf(stored),
    expiresAt: digest === undefined ? Math.min(end, timeOf(stored.previousUntil)) : end,
    checkedAt,
  };
}

interface KnownKey extends Pick<StoredApiKey, 'name' | 'allowedModels' | 'settings' | 'owners'> {
  readonly id: string | null;
}

/** What a key lets its caller do. */
export function principalOf({ id, name, allowedModels, settings, owners = [] }: KnownKey): Principal {
  const organization = organizationOf({ settings, owners });
  return {
    keyId: id,
    keyName: name,
    allowedModels: allowed(allowedModels),
    parameterPolicy: settings.parameters,
    ipRanges: rangesOf(settings),
    owners:
      owners.length === 0
        ? undefined
        : owners.map((owner) => ({ ...owner, allowedModels: allowed(owner.settings.models ?? null) })),
    settings: organization === undefined ? settings : { ...settings, organization },
  };
}

function allowed(models: readonly string[] | null): ReadonlySet<string> | null {
  return models === null || models.includes('*') ? null : new Set(models);
}

function isDisabled({ disabledAt, owners = [] }: StoredApiKey): boolean {
  return disabledAt !== null || owners.some(({ settings }) => settings.disabled === true);
}

function isOf({ settings: { team, organization } }: Principal, owner: string): boolean {
  return owner === ownerId('team', team) || owner === ownerId('organization', organization);
}

function rangesOf({ ipRanges }: KeySettings): AddressRanges | undefined {
  return ipRanges === undefined ? undefined : new AddressRanges(ipRanges);
}

function timeOf(end: Date | null | undefined): number {
  return end?.getTime() ?? Number.POSITIVE_INFINITY;
}

function isFresh({ principal, checkedAt }: CachedKey): boolean {
  return performance.now() - checkedAt < (principal === undefined ? UNKNOWN_MS : FRESH_MS);
}
