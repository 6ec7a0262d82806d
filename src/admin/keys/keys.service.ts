import { Inject, Injectable } from '@nestjs/common';
import { generateApiKey, maskApiKey } from '../../auth/api-key.js';
import { ChangeFeed } from '../../auth/change-feed.js';
import { checkKeySettings } from '../../config/key-checks.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../gateway.settings.js';
import { RoutingSettings } from '../../routing.settings.js';
import { auditEntry } from '../admin-audit.js';
import { type AdminAuditEntry } from '../admin-audit.repository.js';
import { type AdminRequest } from '../administrator.js';
import { type Precondition } from '../preconditions.js';
import { patched, refuse } from '../read-body.js';
import { type AdministeredKey, KeyAdministration } from './key-administration.js';
import { KeyBody } from './keys.dto.js';
import {
  auditedKey,
  configuredName,
  type NewlyShownKey,
  shownConfiguredKey,
  type ShownKey,
  shownKey,
} from './shown-key.js';

/** Between reading a key and changing it somebody else may have: so often the change is tried on what they left. */
const MAX_TRIES = 5;

/** What a change makes of a key; `undefined` where there is nothing to change. */
type NextOf = (key: AdministeredKey) => AdministeredKey | undefined;

/** Makes and changes client keys. */
@Injectable()
export class KeysService {
  constructor(
    @Inject(GATEWAY_SETTINGS)
    private readonly settings: Pick<GatewaySettings, 'guardrails' | 'keys' | 'digests'>,
    private readonly routing: RoutingSettings,
    private readonly keys: KeyAdministration,
    private readonly changes: ChangeFeed,
  ) {}

  async find(id: string): Promise<ShownKey> {
    const configured = this.configured(id);
    return configured === undefined ? shownKey(await this.stored(id)) : shownConfiguredKey(configured);
  }

  async create(request: AdminRequest, body: object): Promise<NewlyShownKey> {
    const read = this.read({}, body);
    const { id, key: secret } = generateApiKey();
    const now = new Date();
    const key: AdministeredKey = {
      ...read,
      ...this.secretOf(secret),
      id,
      previousDigest: null,
      previousUntil: null,
      createdAt: now,
      updatedAt: now,
      disabledAt: null,
      revokedAt: null,
      version: 1,
    };
    const entry = auditEntry(request, { action: 'keys.create', target: id, details: { after: auditedKey(key) } });
    if (!(await this.keys.create(key, entry))) throw new GatewayError('server_error');
    this.tell(id);
    return { ...shownKey(key), secret };
  }

  async patch(request: AdminRequest, id: string, precondition: Precondition, patch: object): Promise<ShownKey> {
    const changed = await this.change(request, id, precondition, 'keys.update', (key) => ({
      ...key,
      ...this.read(bodyOf(key), patch),
    }));
    return shownKey(changed);
  }

  /** Gives it another secret. The one before stays good for a while, so that its users can change over. */
  async rotate(
    request: AdminRequest,
    id: string,
    precondition: Precondition,
    graceSeconds: number,
  ): Promise<NewlyShownKey> {
    const { key: secret } = generateApiKey(id);
    const changed = await this.change(request, id, precondition, 'keys.rotate', (key) => ({
      ...key,
      ...this.secretOf(secret),
      previousDigest: graceSeconds === 0 ? null : key.digest,
      previousUntil: graceSeconds === 0 ? null : new Date(this.changes.now() + graceSeconds * 1_000),
    }));
    return { ...shownKey(changed), secret };
  }

  async disable(request: AdminRequest, id: string, precondition: Precondition): Promise<ShownKey> {
    const changed = await this.change(request, id, precondition, 'keys.disable', (key) =>
      key.disabledAt === null ? { ...key, disabledAt: new Date() } : undefined,
    );
    return shownKey(changed);
  }

  async enable(request: AdminRequest, id: string, precondition: Precondition): Promise<ShownKey> {
    const changed = await this.change(request, id, precondition, 'keys.enable', (key) =>
      key.disabledAt === null ? undefined : { ...key, disabledAt: null },
    );
    return shownKey(changed);
  }

  /** Refuses it for good. */
  async revoke(request: AdminRequest, id: string, precondition: Precondition): Promise<ShownKey> {
    const now = new Date();
    const changed = await this.change(request, id, precondition, 'keys.revoke', (key) => ({
      ...key,
      disabledAt: key.disabledAt ?? now,
      revokedAt: now,
    }));
    return shownKey(changed);
  }

  async delete(request: AdminRequest, id: string, precondition: Precondition): Promise<void> {
    const key = await this.changeable(id);
    precondition.check(key);
    const entry = auditEntry(request, { action: 'keys.delete', target: id, details: { before: auditedKey(key) } });
    if (!(await this.keys.delete(key, entry))) throw new GatewayError('precondition_failed');
    this.tell(id);
  }

  private async change(
    request: AdminRequest,
    id: string,
    precondition: Precondition,
    action: string,
    nextOf: NextOf,
  ): Promise<AdministeredKey> {
    for (let tries = 1; ; tries++) {
      const key = await this.changeable(id);
      precondition.check(key);
      if (key.revokedAt !== null) throw new GatewayError('key_revoked');
      const next = nextOf(key);
      if (next === undefined) return key;
      const changed = { ...next, updatedAt: new Date(), version: key.version + 1 };
      if (await this.keys.replace(changed, entryOf(request, action, key, changed))) {
        this.tell(id);
        return changed;
      }
      if (precondition.isOfOneVersion || tries === MAX_TRIES) throw new GatewayError('precondition_failed');
    }
  }

  /** In this process at once; the others hear of it from where keys are stored. */
  private tell(id: string): void {
    this.changes.tell([{ kind: 'key', subject: id }]);
  }

  private configured(id: string): GatewaySettings['keys'][number] | undefined {
    const wanted = configuredName(id);
    return wanted === undefined ? undefined : this.settings.keys.find(({ name }) => name === wanted);
  }

  private async changeable(id: string): Promise<AdministeredKey> {
    if (this.configured(id) !== undefined) throw new GatewayError('read_only');
    return this.stored(id);
  }

  private async stored(id: string): Promise<AdministeredKey> {
    const key = await this.keys.find(id);
    if (key === undefined) throw new GatewayError('not_found');
    return key;
  }

  private read(
    current: object,
    patch: object,
  ): Pick<AdministeredKey, 'name' | 'allowedModels' | 'expiresAt' | 'settings'> {
    const { name, models, expiresAt, ...settings } = patched(current, patch, KeyBody);
    const { guardrails } = this.settings;
    refuse(checkKeySettings(settings, { guardrails, aliases: this.routing.aliases }));
    return {
      name,
      allowedModels: models ?? null,
      expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
      settings,
    };
  }

  private secretOf(secret: string): Pick<AdministeredKey, 'digest' | 'masked'> {
    return { digest: this.settings.digests.of(secret), masked: maskApiKey(secret) };
  }
}

function bodyOf({ name, allowedModels, expiresAt, settings }: AdministeredKey): object {
  return {
    ...settings,
    name,
    ...(allowedModels === null ? {} : { models: allowedModels }),
    ...(expiresAt === null ? {} : { expiresAt: expiresAt.toISOString() }),
  };
}

function entryOf(
  request: AdminRequest,
  action: string,
  before: AdministeredKey,
  after: AdministeredKey,
): AdminAuditEntry {
  return auditEntry(request, {
    action,
    target: before.id,
    details: { before: auditedKey(before), after: auditedKey(after) },
  });
}
