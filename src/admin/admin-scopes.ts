/** What routes of the administration ask of a token. None includes another: who may write need not be able to read. */
export const ADMIN_SCOPES = [
  'keys:read',
  'keys:write',
  'owners:read',
  'owners:write',
  'providers:read',
  'providers:write',
  'usage:read',
  'budgets:read',
  'routing:read',
  'cache:write',
  'prices:read',
  'prices:write',
  'audit:read',
  'tokens:read',
  'tokens:write',
] as const;

export type AdminScope = (typeof ADMIN_SCOPES)[number];

/** Scopes that go together. */
export const ADMIN_ROLES = {
  owner: ADMIN_SCOPES,
  admin: ADMIN_SCOPES.filter((scope) => scope !== 'tokens:write'),
  billing: ['keys:read', 'owners:read', 'usage:read', 'budgets:read', 'prices:read', 'prices:write'],
  viewer: ['keys:read', 'owners:read', 'providers:read', 'usage:read', 'budgets:read', 'routing:read', 'prices:read'],
} as const satisfies Record<string, readonly AdminScope[]>;

export type AdminRole = keyof typeof ADMIN_ROLES;

/** What a token may: all that its role may, or else its scopes. As stored: what this version does not know is worth nothing. */
export interface AdminGrant {
  readonly role: string | null;
  readonly scopes: readonly string[] | null;
}

export const OWNER: AdminGrant = { role: 'owner' satisfies AdminRole, scopes: null };

export function scopesOf({ role, scopes }: AdminGrant): readonly AdminScope[] {
  if (role !== null) return isRole(role) ? ADMIN_ROLES[role] : [];
  return ADMIN_SCOPES.filter((scope) => scopes?.includes(scope));
}

/** Whether who may this may also give and take that. Roles are the owners' to give: a later version may add to them. */
export function mayGrant(own: AdminGrant, wanted: AdminGrant): boolean {
  if (own.role === OWNER.role) return true;
  const scopes: readonly string[] = scopesOf(own);
  return wanted.role === null && (wanted.scopes ?? []).every((scope) => scopes.includes(scope));
}

function isRole(role: string): role is AdminRole {
  return Object.hasOwn(ADMIN_ROLES, role);
}
