import { Injectable } from '@nestjs/common';
import { type AuditEntry } from './audit-entry.js';
import { AuditEntryRepository } from './audit-entry.repository.js';

const MAX_KEPT = 10_000;

/** Keeps the latest entries while the process lives. */
@Injectable()
export class MemoryAuditEntryRepository extends AuditEntryRepository {
  private entries: AuditEntry[] = [];

  /** Oldest first. */
  all(): readonly AuditEntry[] {
    return this.entries;
  }

  insertAll(entries: readonly AuditEntry[]): Promise<void> {
    this.entries = [...this.entries, ...entries].slice(-MAX_KEPT);
    return Promise.resolve();
  }
}
