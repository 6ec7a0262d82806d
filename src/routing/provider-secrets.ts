import { type SecretBox } from './secret-box.js';
import { type EntryOf, type ProviderSecrets, type SecretSetting, type StoredProvider } from './stored-routing.js';

export const SECRET_SETTINGS = [
  'apiKey',
  'apiKeys',
  'accessKeyId',
  'secretAccessKey',
  'sessionToken',
  'headers',
] as const satisfies readonly SecretSetting[];

/** Where the secrets of a provider are sent: another destination must not get them unasked. */
export function destinationOf({ kind, baseUrl, region }: Pick<StoredProvider, 'kind' | 'baseUrl' | 'region'>): string {
  const origin = baseUrl === undefined ? null : new URL(baseUrl).origin;
  return JSON.stringify([kind, origin, region ?? null]);
}

/** @returns `null` where there are none. */
export function sealSecrets(
  box: SecretBox,
  id: string,
  provider: StoredProvider,
  secrets: ProviderSecrets,
): Buffer | null {
  return Object.keys(secrets).length === 0 ? null : box.seal(JSON.stringify(secrets), boundTo(id, provider));
}

/** @returns `undefined` where they cannot be read. */
export function openSecrets(
  box: SecretBox,
  { id, settings, secrets }: EntryOf<'provider'>,
): ProviderSecrets | undefined {
  if (secrets === null) return {};
  const opened = box.open(secrets, boundTo(id, settings));
  // As it was sealed.
  return opened === undefined ? undefined : (JSON.parse(opened) as ProviderSecrets);
}

/** Each secret by itself, by the path of its setting. */
export function singleSecrets({ apiKeys = [], headers = {}, ...others }: ProviderSecrets): [string, string][] {
  return [
    ...Object.entries(others),
    ...apiKeys.map((key, index): [string, string] => [`apiKeys[${index}]`, key]),
    ...Object.entries(headers).map(([name, value]): [string, string] => [`headers.${name}`, value]),
  ];
}

function boundTo(id: string, provider: StoredProvider): Buffer {
  return Buffer.from(JSON.stringify(['provider', id, destinationOf(provider)]));
}
