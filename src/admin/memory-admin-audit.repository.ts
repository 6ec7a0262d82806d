import { Injectable } from '@nestjs/common';
import { type AdminAuditEntry, AdminAuditRepository } from './admin-audit.repository.js';

const MAX_KEPT = 1_000;

/** Keeps what administrators did last while the process lives. */
@Injectable()
export class MemoryAdminAuditRepository extends AdminAuditRepository {
  private readonly entries: AdminAuditEntry[] = [];

  /** Oldest first. */
  all(): readonly AdminAuditEntry[] {
    return this.entries;
  }

  append(entry: AdminAuditEntry): Promise<void> {
    if (this.entries.push(entry) > MAX_KEPT) this.entries.shift();
    return Promise.resolve();
  }
}
