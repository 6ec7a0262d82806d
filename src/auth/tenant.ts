import { type Principal } from './principal.js';

declare const TENANT: unique symbol;

/** Whose something is that one client must never get of another: its key's. A type of its own, so that none is forgotten. */
export type Tenant = string & { readonly [TENANT]: true };

/** Stored keys are told apart by their ids, those of the configuration by their names: neither can look like the other. */
export function tenantOf({ keyId, keyName }: Pick<Principal, 'keyId' | 'keyName'>): Tenant {
  return (keyId === null ? `configured:${keyName}` : `stored:${keyId}`) as Tenant;
}
