import { type KeyOptions, type KeySettings } from '../../key.options.js';
import { type AdministeredKey, type KeyStatus, statusOf } from './key-administration.js';

/** Ids of keys of the configuration: no stored key has a colon in its own. */
const CONFIGURED = 'configured:';

/** A key as administrators see it. */
export interface ShownKey extends KeySettings {
  readonly id: string;
  readonly name: string;
  /** The start and the end of its secret; `null` where the configuration has it. */
  readonly masked: string | null;
  readonly source: 'stored' | 'configuration';
  /** Where the configuration has it, it is changed there. */
  readonly readOnly: boolean;
  readonly status: KeyStatus;
  /** `null` for all. */
  readonly models: readonly string[] | null;
  readonly createdAt: Date | null;
  readonly updatedAt: Date | null;
  readonly expiresAt: Date | null;
  readonly disabledAt: Date | null;
  readonly revokedAt: Date | null;
  /** Until then the secret before is good too. */
  readonly previousSecretUntil: Date | null;
  readonly version: number;
}

/** A key whose secret was just made: it is shown this once. */
export interface NewlyShownKey extends ShownKey {
  readonly secret: string;
}

export function shownKey(key: AdministeredKey): ShownKey {
  const { id, name, masked, allowedModels, settings, createdAt, updatedAt, expiresAt, disabledAt, revokedAt } = key;
  const { previousUntil, version } = key;
  return {
    ...settings,
    id,
    name,
    masked,
    source: 'stored',
    readOnly: false,
    status: statusOf(key),
    models: allowedModels,
    createdAt,
    updatedAt,
    expiresAt,
    disabledAt,
    revokedAt,
    previousSecretUntil: previousUntil,
    version,
  };
}

export function shownConfiguredKey({ name, secret: _secret, models, ...settings }: KeyOptions): ShownKey {
  return {
    ...settings,
    id: CONFIGURED + name,
    name,
    masked: null,
    source: 'configuration',
    readOnly: true,
    status: 'active',
    models: models ?? null,
    createdAt: null,
    updatedAt: null,
    expiresAt: null,
    disabledAt: null,
    revokedAt: null,
    previousSecretUntil: null,
    version: 0,
  };
}

/** The name of the key of the configuration that an id means. */
export function configuredName(id: string): string | undefined {
  return id.startsWith(CONFIGURED) ? id.slice(CONFIGURED.length) : undefined;
}

/** A key as the audit log has it: its secrets as the digests that they are stored by. */
export function auditedKey(key: AdministeredKey): object {
  return {
    ...shownKey(key),
    secretDigest: key.digest.toString('hex'),
    ...(key.previousDigest === null ? {} : { previousSecretDigest: key.previousDigest.toString('hex') }),
  };
}
