import { UpstreamError } from '../../errors/upstream-error.js';
import { type Authorize } from '../http-capability.js';
import { TokenCache } from '../token-cache.js';

/** The rights that a token is asked for. */
const SCOPE = 'https://cognitiveservices.azure.com/.default';

/**
 * Who asks Entra ID for tokens: a credential of `@azure/identity`, which hosts may provide in place of
 * `DefaultAzureCredential`.
 *
 * @see https://learn.microsoft.com/javascript/api/@azure/core-auth/tokencredential
 */
export abstract class EntraCredential {
  /** `expiresOnTimestamp`: milliseconds since 1970. */
  abstract getToken(scope: string): Promise<{ token: string; expiresOnTimestamp: number } | null>;
}

/** Lets requests in with tokens of Entra ID, each used until shortly before it ends. */
export function entraAuthorize(credential: () => Promise<EntraCredential>): Authorize {
  const tokens = new TokenCache(async () => {
    const { token, expiresOnTimestamp } = await fetchToken(credential);
    return { token, expiresAt: expiresOnTimestamp };
  });
  return async (request) => ({
    ...request,
    headers: { ...request.headers, authorization: `Bearer ${await tokens.get()}` },
  });
}

async function fetchToken(
  credential: () => Promise<EntraCredential>,
): Promise<{ token: string; expiresOnTimestamp: number }> {
  let cause: unknown;
  try {
    const answer = await (await credential()).getToken(SCOPE);
    if (answer !== null) return answer;
  } catch (error) {
    cause = error;
  }
  throw new UpstreamError('upstream_unreachable', {
    message: 'Entra ID gave no token for the provider.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * The credential that finds out by itself where it runs: environment variables, a workload's or a machine's identity,
 * the tools a developer has signed in with. The package is large, and loaded only here.
 *
 * @see https://learn.microsoft.com/azure/developer/javascript/sdk/authentication/credential-chains
 */
export async function defaultCredential(): Promise<EntraCredential> {
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new DefaultAzureCredential();
}
