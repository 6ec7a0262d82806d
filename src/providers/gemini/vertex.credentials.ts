import { UpstreamError } from '../../errors/upstream-error.js';
import { type Authorize } from '../http-capability.js';
import { assertMayUseMachineCredentials } from '../machine-credentials.js';
import { assertInstalled } from '../optional-package.js';
import { type ProviderSettings } from '../provider-adapter.interface.js';
import { type ExpiringToken, TokenCache } from '../token-cache.js';

/** Stands in a path for the project that only the credentials know. */
export const PROJECT_OF_CREDENTIALS = '-';

const PACKAGE = 'google-auth-library';

/** The rights that a token is asked for. */
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/** How long a token is taken to live that does not say so, in milliseconds: shorter than any of Google's. */
const DEFAULT_LIFE = 10 * 60_000;

/** Who gives out tokens: hosts may provide one in place of the application default credentials. */
export abstract class GoogleCredential {
  abstract getToken(): Promise<ExpiringToken>;
  /** The project that the credentials belong to; asked for where the settings name none. */
  abstract getProjectId(): Promise<string>;
}

/**
 * Lets requests in with tokens of Google Cloud, each used until shortly before it ends.
 * @throws ConfigurationError where Google's library is needed and not installed.
 * @see https://cloud.google.com/docs/authentication/application-default-credentials
 */
export function googleAuthorize(
  settings: Pick<ProviderSettings, 'name' | 'project' | 'credentialsFile' | 'ownCredentialsOnly'>,
  given?: GoogleCredential,
): Authorize {
  const { name, project, credentialsFile } = settings;
  assertMayUseMachineCredentials(settings, 'apiKey');
  if (given === undefined) {
    assertInstalled(PACKAGE, `providers.${name}.apiKey`, 'would find the credentials of Google Cloud', 'set it');
  }
  let found: Promise<GoogleCredential> | undefined;
  const credential = (): Promise<GoogleCredential> =>
    (found ??= (given === undefined ? defaultCredential(credentialsFile) : Promise.resolve(given)).catch(
      (error: unknown) => {
        found = undefined;
        throw error;
      },
    ));
  const tokens = new TokenCache(() => ask(async () => (await credential()).getToken()));
  let projectId: Promise<string> | undefined;
  const projectOf = (): Promise<string> =>
    (projectId ??= ask(async () => (await credential()).getProjectId()).catch((error: unknown) => {
      projectId = undefined;
      throw error;
    }));
  return async (request) => {
    const headers = { ...request.headers, authorization: `Bearer ${await tokens.get()}` };
    if (project !== undefined) return { ...request, headers };
    const path = request.path.replace(
      `/projects/${PROJECT_OF_CREDENTIALS}/`,
      `/projects/${encodeURIComponent(await projectOf())}/`,
    );
    return { ...request, headers, path };
  };
}

async function ask<Result>(fetch: () => Promise<Result>): Promise<Result> {
  try {
    return await fetch();
  } catch (cause) {
    throw new UpstreamError('upstream_unreachable', {
      message: 'Google Cloud gave no credentials for the provider.',
      cause,
    });
  }
}

/**
 * Those of the file, or those that Google's tools find: a file named by `GOOGLE_APPLICATION_CREDENTIALS`, `gcloud`'s,
 * those of a workload or of the machine. The library is large, and loaded only here.
 */
async function defaultCredential(keyFilename: string | undefined): Promise<GoogleCredential> {
  const { GoogleAuth } = await import('google-auth-library');
  const auth = new GoogleAuth({ scopes: SCOPE, ...(keyFilename === undefined ? {} : { keyFilename }) });
  return {
    getToken: async () => {
      const client = await auth.getClient();
      const { token } = await client.getAccessToken();
      if (!token) throw new Error('The credentials give no token.');
      const { expiry_date: expiry } = client.credentials;
      return { token, expiresAt: expiry ?? Date.now() + DEFAULT_LIFE };
    },
    getProjectId: () => auth.getProjectId(),
  };
}
