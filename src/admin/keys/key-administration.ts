import { type StoredApiKey } from '../../auth/api-key.repository.js';
import { type AdminAuditEntry } from '../admin-audit.repository.js';

/** A stored key, with what administration knows of it beyond what it takes to let somebody in. */
export interface AdministeredKey extends Required<Omit<StoredApiKey, 'owners'>> {
  readonly updatedAt: Date;
  /** Then it is disabled for good. */
  readonly revokedAt: Date | null;
  /** Counts its changes, from 1. */
  readonly version: number;
}

export const KEY_STATUSES = ['active', 'disabled', 'revoked', 'expired'] as const;
export type KeyStatus = (typeof KEY_STATUSES)[number];

/** `-` stands before what comes first last. */
export const KEY_ORDERS = ['createdAt', '-createdAt', 'name', '-name'] as const;
export type KeyOrder = (typeof KEY_ORDERS)[number];

/** Which keys: those that are like all that is given. */
export interface KeyFilter {
  readonly name?: string | undefined;
  readonly team?: string | undefined;
  readonly organization?: string | undefined;
  readonly status?: KeyStatus | undefined;
}

/** Where a key stands in an order. */
export interface KeyPosition {
  /** What is ordered by, as text. */
  readonly value: string;
  readonly id: string;
}

export interface ListedKeys {
  readonly keys: readonly AdministeredKey[];
  /** Of the last; `undefined` where there are no more. */
  readonly next: KeyPosition | undefined;
}

/** Where client keys are changed: each change with its line of the audit log, or not at all. */
export abstract class KeyAdministration {
  abstract find(id: string): Promise<AdministeredKey | undefined>;

  /** @param after only what comes after this place. */
  abstract list(filter: KeyFilter, order: KeyOrder, limit: number, after?: KeyPosition): Promise<ListedKeys>;

  /** @returns false where there is a key of that id. */
  abstract create(key: AdministeredKey, entry: AdminAuditEntry): Promise<boolean>;

  /** Puts it in place of the version before it. @returns false where that is not there any more. */
  abstract replace(key: AdministeredKey, entry: AdminAuditEntry): Promise<boolean>;

  /** @returns false where this version is not there any more. */
  abstract delete(key: AdministeredKey, entry: AdminAuditEntry): Promise<boolean>;
}

export function statusOf(key: Pick<AdministeredKey, 'revokedAt' | 'disabledAt' | 'expiresAt'>): KeyStatus {
  if (key.revokedAt !== null) return 'revoked';
  if (key.disabledAt !== null) return 'disabled';
  return key.expiresAt !== null && key.expiresAt.getTime() <= Date.now() ? 'expired' : 'active';
}
