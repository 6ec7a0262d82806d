import { ConfigurationError } from '../errors/configuration-error.js';
import { type ProviderSettings } from './provider-adapter.interface.js';

/**
 * To be asked before credentials are used that the machine, or the host, has.
 * @throws ConfigurationError where the provider must bring its own.
 */
export function assertMayUseMachineCredentials(
  { name, ownCredentialsOnly }: Pick<ProviderSettings, 'name' | 'ownCredentialsOnly'>,
  setting: 'apiKey' | 'accessKeyId',
): void {
  if (ownCredentialsOnly !== true) return;
  throw new ConfigurationError(
    `providers.${name}.${setting}`,
    'is missing, and the credentials of the machine are not for providers made over REST',
    'set it, or define the provider in the configuration',
  );
}
