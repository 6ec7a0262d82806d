import { openSecrets, singleSecrets } from '../../routing/provider-secrets.js';
import { type SecretBox } from '../../routing/secret-box.js';
import { type EntryOf, type ProviderSecrets, type StoredProvider } from '../../routing/stored-routing.js';
import { type ProviderOptions } from '../../provider.options.js';
import { CONFIGURED, type ShownEntry, STORED } from '../routing-source.js';

/** What is told of a secret. */
export interface ShownSecret {
  /** The path of its setting: `apiKey`, `apiKeys[0]`, `headers.x-team`. */
  readonly setting: string;
  /** The end of it, or nothing of one that is short. */
  readonly masked: string;
}

/** A provider as administrators see it. */
export interface ShownProvider extends ShownEntry, StoredProvider {
  /** Those that it has. */
  readonly secrets: readonly ShownSecret[];
  /** False where its secrets cannot be read any more: they have to be given again. */
  readonly secretsReadable: boolean;
}

/** A secret that is shorter gives nothing away. */
const MIN_MASKED_LENGTH = 16;
const SHOWN_CHARACTERS = 4;

export function shownProvider(box: SecretBox, entry: EntryOf<'provider'>): ShownProvider {
  const { name, settings, createdAt, updatedAt, version } = entry;
  const secrets = openSecrets(box, entry);
  const shown = { secrets: shownSecrets(secrets ?? {}), secretsReadable: secrets !== undefined };
  return { ...settings, ...shown, ...STORED, name, createdAt, updatedAt, version };
}

export function shownConfiguredProvider(options: ProviderOptions): ShownProvider {
  const { models, allowPrivateNetwork: _private, credentialsFile: _file, ...account } = options;
  const { apiKey, apiKeys, accessKeyId, secretAccessKey, sessionToken, headers, ...settings } = account;
  const secrets = shownSecrets(defined({ apiKey, apiKeys, accessKeyId, secretAccessKey, sessionToken, headers }));
  return { ...settings, discover: models === undefined, secrets, secretsReadable: true, ...CONFIGURED };
}

/** A provider as the audit log has it: its secrets as digests. */
export function auditedProvider(box: SecretBox, entry: EntryOf<'provider'>): object {
  const { secrets: _masked, ...shown } = shownProvider(box, entry);
  const single = singleSecrets(openSecrets(box, entry) ?? {});
  return {
    ...shown,
    secretDigests: Object.fromEntries(single.map(([setting, secret]) => [setting, box.digest(secret)])),
  };
}

function shownSecrets(secrets: ProviderSecrets): ShownSecret[] {
  return singleSecrets(secrets).map(([setting, secret]) => ({
    setting,
    masked: secret.length < MIN_MASKED_LENGTH ? '…' : `…${secret.slice(-SHOWN_CHARACTERS)}`,
  }));
}

function defined<Value extends object>(value: Value): { [Name in keyof Value]?: Exclude<Value[Name], undefined> } {
  const present = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(present) as { [Name in keyof Value]?: Exclude<Value[Name], undefined> };
}
