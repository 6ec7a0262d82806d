import { type SecretDigests } from '../auth/secret-digests.js';

export interface AdminSettings {
  /** That stored tokens are recognised by. */
  readonly digests: SecretDigests;
  /** The token of the environment, which is known without a database. */
  readonly token: string | undefined;
}

export const ADMIN_SETTINGS = Symbol('ADMIN_SETTINGS');
