import { ConfigurationError } from '../../errors/configuration-error.js';
import { UpstreamError } from '../../errors/upstream-error.js';
import { assertMayUseMachineCredentials } from '../machine-credentials.js';
import { assertInstalled } from '../optional-package.js';
import { type ProviderSettings } from '../provider-adapter.interface.js';
import { TokenCache } from '../token-cache.js';

/** What requests are signed with. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  /** Left out where they do not end. */
  readonly expiration?: Date | undefined;
}

/**
 * Who gives out credentials: a host may provide one in place of the default chain of AWS, which looks into environment
 * variables, the shared files and SSO of a developer's machine, web identity tokens, and the services of containers and
 * instances.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
export abstract class AwsCredentialSource {
  /** @param options `forceRefresh`: those given out last were refused as expired. */
  abstract getCredentials(options: { readonly forceRefresh: boolean }): Promise<AwsCredentials>;
}

/** The credentials of one provider. */
export interface CredentialStore {
  get(): Promise<AwsCredentials>;
  /** They were refused as expired. @returns whether others can be had. */
  forget(): boolean;
}

/**
 * @param source of the host, in place of the default chain.
 * @throws ConfigurationError where half of a pair of keys is set, or the chain is needed and not installed.
 */
export function credentialsOf(settings: ProviderSettings, source?: AwsCredentialSource): CredentialStore {
  const { name, accessKeyId, secretAccessKey, sessionToken } = settings;
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    const fixed = Promise.resolve({ accessKeyId, secretAccessKey, sessionToken });
    return { get: () => fixed, forget: () => false };
  }
  if (accessKeyId !== undefined || secretAccessKey !== undefined) {
    const missing = accessKeyId === undefined ? 'accessKeyId' : 'secretAccessKey';
    throw new ConfigurationError(
      `providers.${name}.${missing}`,
      'is missing',
      'set both of accessKeyId and secretAccessKey, or neither',
    );
  }
  assertMayUseMachineCredentials(settings, 'accessKeyId');
  if (source !== undefined) return new RenewedCredentials(() => Promise.resolve(source));
  assertInstalled(
    CREDENTIAL_PROVIDERS,
    `providers.${name}.accessKeyId`,
    'would find the credentials that AWS’s own tools find',
    'set accessKeyId and secretAccessKey, or apiKey',
  );
  return new RenewedCredentials(defaultSource);
}

const CREDENTIAL_PROVIDERS = '@aws-sdk/credential-providers';

/** Asks a source, and keeps what it gives until shortly before it ends. */
class RenewedCredentials implements CredentialStore {
  private wereRefused = false;
  private readonly cache = new TokenCache<AwsCredentials>(async () => {
    const token = await this.ask();
    return { token, expiresAt: token.expiration?.getTime() ?? Number.POSITIVE_INFINITY };
  });
  private source: Promise<AwsCredentialSource> | undefined;

  constructor(private readonly open: () => Promise<AwsCredentialSource>) {}

  get(): Promise<AwsCredentials> {
    return this.cache.get();
  }

  forget(): boolean {
    this.wereRefused = true;
    this.cache.forget();
    return true;
  }

  private async ask(): Promise<AwsCredentials> {
    const forceRefresh = this.wereRefused;
    this.wereRefused = false;
    try {
      this.source ??= this.open();
      return await (await this.source).getCredentials({ forceRefresh });
    } catch (cause) {
      throw new UpstreamError('upstream_unreachable', { message: 'AWS gave no credentials for the provider.', cause });
    }
  }
}

/** The package is large, and loaded only here. */
async function defaultSource(): Promise<AwsCredentialSource> {
  const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
  const chain = fromNodeProviderChain();
  return { getCredentials: (options) => chain(options) };
}
