export interface AdminSettings {
  /** Keys the digests of tokens. */
  readonly pepper: Buffer;
  /** The token of the environment, which is known without a database. */
  readonly token: string | undefined;
}

export const ADMIN_SETTINGS = Symbol('ADMIN_SETTINGS');
