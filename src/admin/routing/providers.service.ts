import { Inject, Injectable } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../gateway.settings.js';
import { destinationOf, openSecrets, SECRET_SETTINGS, sealSecrets } from '../../routing/provider-secrets.js';
import { rekey } from '../../routing/rekey.js';
import { SecretBox } from '../../routing/secret-box.js';
import {
  entriesOf,
  type EntryOf,
  type ProviderSecrets,
  type RoutingState,
  type StoredProvider,
} from '../../routing/stored-routing.js';
import { auditEntry } from '../admin-audit.js';
import { type AdminRequest } from '../administrator.js';
import { StoredDigests } from '../stored-digests.js';
import { sortedPage } from '../sorted-page.js';
import { type Precondition } from '../preconditions.js';
import { patched, readBody } from '../read-body.js';
import { newEntry, nextOf, RoutingChanges, storedEntry } from '../routing-changes.js';
import { ProviderBody, ProviderSettings, type ProvidersQuery } from './providers.dto.js';
import { auditedProvider, shownConfiguredProvider, type ShownProvider, shownProvider } from './shown-provider.js';

export interface ProviderPage {
  readonly providers: readonly ShownProvider[];
  /** The `cursor` of the page after; `null` where there is none. */
  readonly next: string | null;
}

/** What became of what was stored under a master key of before. */
export interface RekeyingResult {
  /** Names of providers whose secrets were sealed anew, and of those that open under no known key. */
  readonly rekeyed: readonly string[];
  readonly unreadable: readonly string[];
  /** Ids of what is stored under another master key until it is used the next time: of each at most {@link MAX_WAITING}. */
  readonly waiting: { readonly keys: readonly string[]; readonly tokens: readonly string[] };
}

const MAX_WAITING = 100;

/** Makes and changes providers. */
@Injectable()
export class ProvidersService {
  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: Pick<GatewaySettings, 'providers'>,
    private readonly changes: RoutingChanges,
    private readonly box: SecretBox,
    private readonly digests: StoredDigests,
  ) {}

  async find(name: string): Promise<ShownProvider> {
    const configured = this.configured(name);
    if (configured !== undefined) return shownConfiguredProvider(configured);
    return shownProvider(this.box, storedEntry(await this.changes.read(), 'provider', name));
  }

  async list({ limit, cursor, kind, source }: ProvidersQuery): Promise<ProviderPage> {
    const stored = entriesOf(await this.changes.read(), 'provider').filter(
      ({ name }) => this.configured(name) === undefined,
    );
    const all = [
      ...this.settings.providers.map(shownConfiguredProvider),
      ...stored.map((entry) => shownProvider(this.box, entry)),
    ].filter((one) => (kind === undefined || one.kind === kind) && (source === undefined || one.source === source));
    const { items, next } = sortedPage(all, ({ name }) => name, limit, cursor);
    return { providers: items, next };
  }

  async create(request: AdminRequest, body: object): Promise<ShownProvider> {
    this.needMasterKey();
    const { name, ...read } = readBody(body, ProviderBody);
    const made = await this.changes.make((state) => {
      const isTaken = entriesOf(state, 'provider').some((entry) => entry.name === name);
      if (isTaken || this.configured(name) !== undefined) throw new GatewayError('already_exists', { param: 'name' });
      const entry = this.sealed(newEntry(name), read);
      const details = { after: auditedProvider(this.box, entry) };
      return this.changes.put(state, entry, ['providers', name], { request, action: 'providers.create', details });
    });
    return shownProvider(this.box, made);
  }

  async patch(request: AdminRequest, name: string, precondition: Precondition, patch: object): Promise<ShownProvider> {
    this.needMasterKey();
    const changed = await this.changes.make((state) => {
      const entry = this.changeable(state, name);
      precondition.check(entry);
      const secrets = openSecrets(this.box, entry) ?? {};
      const read = patched({ ...entry.settings, ...secrets }, patch, ProviderSettings);
      needSecretsAgain(entry.settings, read, patch);
      if (read.discover === true && hasDeployments(state, name)) {
        const message = 'It has deployments: remove them first, or leave discover out.';
        throw new GatewayError('routing_conflict', { message, param: 'discover' });
      }
      const next = this.sealed(nextOf(entry), read);
      const details = { before: auditedProvider(this.box, entry), after: auditedProvider(this.box, next) };
      return this.changes.put(state, next, ['providers', name], { request, action: 'providers.update', details });
    });
    return shownProvider(this.box, changed);
  }

  async delete(request: AdminRequest, name: string, precondition: Precondition): Promise<void> {
    await this.changes.make((state) => {
      const entry = this.changeable(state, name);
      precondition.check(entry);
      if (hasDeployments(state, name)) throw new GatewayError('in_use');
      const details = { before: auditedProvider(this.box, entry) };
      return this.changes.remove(state, entry, { request, action: 'providers.delete', details });
    });
  }

  /**
   * Seals the secrets under the master key of now that were sealed under one of before. Of keys and tokens nobody has the
   * secrets: their digests are made anew when they are used.
   */
  async rekey(request: AdminRequest): Promise<RekeyingResult> {
    this.needMasterKey();
    const sealed = await this.changes.make((state) => {
      const { entries, unreadable } = rekey(state, this.box);
      const result = { rekeyed: entries.map(({ name }) => name), unreadable };
      const action = { action: 'providers.rekey', target: null, details: { ...result } };
      return { put: entries, audit: auditEntry(request, action), result };
    });
    return { ...sealed, waiting: await this.digests.waiting(MAX_WAITING) };
  }

  private configured(name: string): GatewaySettings['providers'][number] | undefined {
    return this.settings.providers.find((provider) => provider.name === name);
  }

  private changeable(state: RoutingState, name: string): EntryOf<'provider'> {
    if (this.configured(name) !== undefined) throw new GatewayError('read_only');
    return storedEntry(state, 'provider', name);
  }

  private needMasterKey(): void {
    if (!this.box.canSeal) throw new GatewayError('master_key_missing');
  }

  private sealed(
    entry: Omit<EntryOf<'provider'>, 'kind' | 'settings' | 'secrets'>,
    read: StoredProvider & ProviderSecrets,
  ): EntryOf<'provider'> {
    const isSecret = (setting: string): boolean => SECRET_SETTINGS.some((secret) => secret === setting);
    const settings = Object.fromEntries(Object.entries(read).filter(([setting]) => !isSecret(setting)));
    const secrets = Object.fromEntries(Object.entries(read).filter(([setting]) => isSecret(setting)));
    // What was read has them.
    const provider = settings as unknown as StoredProvider;
    return {
      ...entry,
      kind: 'provider',
      settings: provider,
      secrets: sealSecrets(this.box, entry.id, provider, secrets),
    };
  }
}

/** @throws GatewayError where a secret would be sent elsewhere than it was given for. */
function needSecretsAgain(before: StoredProvider, after: StoredProvider & ProviderSecrets, patch: object): void {
  if (destinationOf(before) === destinationOf(after)) return;
  const given = new Map<string, unknown>(Object.entries(patch));
  const headers = new Map<string, unknown>(Object.entries(given.get('headers') ?? {}));
  const missing =
    SECRET_SETTINGS.find((setting) => after[setting] !== undefined && !given.has(setting)) ??
    Object.keys(after.headers ?? {}).find((header) => !headers.has(header));
  if (missing === undefined) return;
  const param =
    headers.size > 0 && !SECRET_SETTINGS.some((setting) => setting === missing) ? `headers.${missing}` : missing;
  const message = `${param} would be sent to another place than it was given for: give it again, or clear it with null.`;
  throw new GatewayError('secret_reentry_required', { message, param });
}

function hasDeployments(state: RoutingState, provider: string): boolean {
  return entriesOf(state, 'deployment').some(({ settings }) => settings.provider === provider);
}
