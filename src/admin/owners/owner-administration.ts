import { type KeyOwner } from '../../auth/api-key.repository.js';
import { type AdminAuditEntry } from '../admin-audit.repository.js';

/** A stored team or organisation, as administration knows it. */
export interface AdministeredOwner extends KeyOwner {
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Counts its changes, from 1. */
  readonly version: number;
}

/** Which owners, in the order of their names. */
export interface OwnerFilter {
  readonly kind: KeyOwner['kind'];
  /** Of teams: those of this one. */
  readonly organization?: string | undefined;
  /** Only those whose names come after it. */
  readonly after?: string | undefined;
}

/** `in_use`: keys or teams are of it; `changed`: that version is not there any more. */
export type OwnerChange = 'done' | 'in_use' | 'changed';

/** Where teams and organisations are changed: each change with its line of the audit log, or not at all. */
export abstract class OwnerAdministration {
  abstract find(kind: KeyOwner['kind'], name: string): Promise<AdministeredOwner | undefined>;

  abstract list(filter: OwnerFilter, limit: number): Promise<readonly AdministeredOwner[]>;

  /** @returns false where there is one of that name. */
  abstract create(owner: AdministeredOwner, entry: AdminAuditEntry): Promise<boolean>;

  /** Puts it in place of the version before it. @returns false where that is not there any more. */
  abstract replace(owner: AdministeredOwner, entry: AdminAuditEntry): Promise<boolean>;

  /** Only where nothing is of it: what it says would no longer hold for its keys. */
  abstract delete(owner: AdministeredOwner, entry: AdminAuditEntry): Promise<OwnerChange>;
}
