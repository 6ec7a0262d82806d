import { type AuditEntry } from './audit-entry.js';

/** Where entries of the audit are kept by the sink `database`. */
export abstract class AuditEntryRepository {
  /** Stores all of them or none. One whose request id is there already is passed over. */
  abstract insertAll(entries: readonly AuditEntry[]): Promise<void>;
}
