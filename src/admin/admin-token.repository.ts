/** A stored token of an administrator. Its secret is not in here: only what it takes to recognise it. */
export interface StoredAdminToken {
  /** The 12 characters that every token carries in clear. */
  readonly id: string;
  readonly name: string;
  /** HMAC-SHA-256 of the whole token under the pepper. */
  readonly digest: Buffer;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly disabledAt: Date | null;
}

/** Where the tokens of administrators are kept. */
export abstract class AdminTokenRepository {
  abstract findById(id: string): Promise<StoredAdminToken | undefined>;
  abstract count(): Promise<number>;
  /** @returns false where a token of that id is there already: nothing is changed then. */
  abstract insert(token: StoredAdminToken): Promise<boolean>;
}
