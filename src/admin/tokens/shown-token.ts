import { type StoredAdminToken } from '../admin-token.repository.js';
import { type AdminScope, scopesOf } from '../admin-scopes.js';

/** A token as administrators see it. */
export interface ShownToken {
  readonly id: string;
  readonly name: string;
  readonly role: string | null;
  /** All that it may. */
  readonly scopes: readonly AdminScope[];
  /** The id of the token that it was made with; `null` for the one of the environment, and of the first. */
  readonly grantedBy: string | null;
  readonly status: 'active' | 'expired' | 'revoked';
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

/** A token that was just made: its secret is shown this once. */
export interface NewlyShownToken extends ShownToken {
  readonly secret: string;
}

export function shownToken(token: StoredAdminToken): ShownToken {
  const { id, name, role, grantedBy, createdAt, expiresAt, disabledAt } = token;
  return {
    id,
    name,
    role,
    scopes: scopesOf(token),
    grantedBy,
    status: statusOf(token),
    createdAt,
    expiresAt,
    revokedAt: disabledAt,
  };
}

/** A token as the audit log has it: its secret as the digest that it is stored by. */
export function auditedToken(token: StoredAdminToken): object {
  return { ...shownToken(token), secretDigest: token.digest.toString('hex') };
}

function statusOf({ disabledAt, expiresAt }: StoredAdminToken): ShownToken['status'] {
  if (disabledAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt.getTime() <= Date.now() ? 'expired' : 'active';
}
