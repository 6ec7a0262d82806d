import { timingSafeEqual } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { GatewayError } from '../errors/gateway-error.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../gateway.settings.js';
import { apiKeyDigest, apiKeyId, cacheDigest } from './api-key.js';
import { ApiKeyRepository, type StoredApiKey } from './api-key.repository.js';
import { type Principal } from './principal.js';

const FRESH_MS = 60_000;
/** How long a key that was good stays good while the database cannot be asked. */
const STALE_IF_ERROR_MS = 300_000;
const UNKNOWN_MS = 5_000;
const MAX_CACHED = 50_000;
/** No key of any form is longer; what is longer is not even hashed. */
const MAX_KEY_LENGTH = 512;

interface CachedKey {
  /** `undefined`: known to be no key. */
  readonly principal: Principal | undefined;
  /** Milliseconds since 1970 at which the key itself ends. */
  readonly expiresAt: number;
  /** Monotonic milliseconds. */
  readonly checkedAt: number;
}

/**
 * Tells whose key it is. Keys of the configuration are known by heart; others are looked up by the id they carry and
 * remembered for a minute, for five minutes more while the database does not answer.
 */
@Injectable()
export class ApiKeyAuthenticator {
  private readonly logger = new Logger(ApiKeyAuthenticator.name);
  private readonly configured: ReadonlyMap<string, Principal>;
  private readonly cache = new LRUCache<string, CachedKey>({ max: MAX_CACHED });
  private readonly pending = new Map<string, Promise<Principal | undefined>>();

  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: GatewaySettings,
    private readonly repository: ApiKeyRepository,
  ) {
    this.configured = new Map(
      settings.keys.map(({ name, secret, models, parameters, ...keySettings }) => [
        cacheDigest(secret),
        {
          keyId: null,
          keyName: name,
          allowedModels: allowedModels(models ?? null),
          parameterPolicy: parameters,
          settings: keySettings,
        },
      ]),
    );
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
    if (cached !== undefined && isFresh(cached)) return valid(cached);
    const id = apiKeyId(key);
    if (id === undefined) return undefined;
    let lookup = this.pending.get(digest);
    if (lookup === undefined) {
      lookup = this.lookUp(id, key, digest, cached).finally(() => this.pending.delete(digest));
      this.pending.set(digest, lookup);
    }
    return lookup;
  }

  private async lookUp(
    id: string,
    key: string,
    digest: string,
    cached: CachedKey | undefined,
  ): Promise<Principal | undefined> {
    let stored: StoredApiKey | undefined;
    try {
      stored = await this.repository.findById(id);
    } catch (cause) {
      if (cached?.principal !== undefined && performance.now() - cached.checkedAt < FRESH_MS + STALE_IF_ERROR_MS) {
        this.logger.warn(
          'The database cannot be asked about a key; it was valid a short while ago and stays so for now',
        );
        return valid(cached);
      }
      throw new GatewayError('auth_unavailable', { retryAfter: 1, shouldRetry: true, cause });
    }
    const entry = this.judge(stored, key);
    this.cache.set(digest, entry);
    return valid(entry);
  }

  private judge(stored: StoredApiKey | undefined, key: string): CachedKey {
    // Compared also where there is nothing to compare with, so that an unknown id takes as long as a wrong secret.
    const digest = apiKeyDigest(this.settings.pepper, key);
    const isSame = timingSafeEqual(digest, stored?.digest ?? Buffer.alloc(digest.length));
    const checkedAt = performance.now();
    if (stored === undefined || !isSame || stored.disabledAt !== null) {
      return { principal: undefined, expiresAt: Number.POSITIVE_INFINITY, checkedAt };
    }
    return {
      principal: {
        keyId: stored.id,
        keyName: stored.name,
        allowedModels: allowedModels(stored.allowedModels),
        settings: stored.settings,
      },
      expiresAt: stored.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
      checkedAt,
    };
  }
}

function isFresh({ principal, checkedAt }: CachedKey): boolean {
  return performance.now() - checkedAt < (principal === undefined ? UNKNOWN_MS : FRESH_MS);
}

function valid({ principal, expiresAt }: CachedKey): Principal | undefined {
  return expiresAt > Date.now() ? principal : undefined;
}

function allowedModels(models: readonly string[] | null): ReadonlySet<string> | null {
  return models === null || models.includes('*') ? null : new Set(models);
}
