import { type AdminAuditEntry } from './admin-audit.repository.js';
import { type AdminGrant, OWNER } from './admin-scopes.js';

/** A stored token of an administrator. Its secret is not in here: only what it takes to recognise it. */
export interface StoredAdminToken extends AdminGrant {
  /** The 12 characters that every token carries in clear. */
  readonly id: string;
  readonly name: string;
  /** What the whole token is recognised by: the id of a pepper, and an HMAC-SHA-256 under it. */
  readonly digest: Buffer;
  /** The id of the token that it was made with; `null` for the one of the environment, and of the first. */
  readonly grantedBy: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  /** Then it was revoked. */
  readonly disabledAt: Date | null;
}

/** Which tokens, the newest first. */
export interface AdminTokenFilter {
  readonly grantedBy?: string | undefined;
  /** Only those made before the one of this id. */
  readonly before?: string | undefined;
}

/** `gone`: it is revoked already; `last_owner`: nobody would be left who may do everything for good. */
export type TokenRevocation = 'done' | 'gone' | 'last_owner';

/** Where the tokens of administrators are kept: each change with its line of the audit log, or not at all. */
export abstract class AdminTokenRepository {
  abstract findById(id: string): Promise<StoredAdminToken | undefined>;
  abstract count(): Promise<number>;
  abstract list(filter: AdminTokenFilter, limit: number): Promise<readonly StoredAdminToken[]>;

  /** @returns ids of tokens that can be used and whose digests do not begin with this, at most so many. */
  idsNotUnder(_pepper: Buffer, _limit: number): Promise<readonly string[]> {
    // What does not outlive the process has seen one master key alone.
    return Promise.resolve([]);
  }

  /** Puts a digest under the master key of now in place of the one under a master key of before. */
  renewDigest(_id: string, _before: Buffer, _now: Buffer): Promise<void> {
    return Promise.resolve();
  }

  /** Of the first, which nobody has asked for. @returns false where a token of that id is there already. */
  abstract insert(token: StoredAdminToken): Promise<boolean>;

  /** @returns false where a token of that id is there already: nothing is changed then. */
  abstract create(token: StoredAdminToken, entry: AdminAuditEntry): Promise<boolean>;

  /**
   * @param token as it is afterwards.
   * @param leavesAnOwner whether it has to stay where it is the last owner's without an end.
   */
  abstract revoke(token: StoredAdminToken, entry: AdminAuditEntry, leavesAnOwner: boolean): Promise<TokenRevocation>;
}

/** Whether it is one of those of which one has to be left. */
export function isStandingOwner({ role, expiresAt, disabledAt }: StoredAdminToken): boolean {
  return role === OWNER.role && expiresAt === null && disabledAt === null;
}
