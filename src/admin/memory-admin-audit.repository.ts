import { Injectable } from '@nestjs/common';
import {
  type AdminAuditEntry,
  type AdminAuditFilter,
  AdminAuditRepository,
  type ChainedEntry,
  type ChainEnd,
} from './admin-audit.repository.js';
import { chained, ORIGIN } from './audit-chain.js';

const MAX_KEPT = 1_000;

/** Keeps what administrators did last while the process lives. */
@Injectable()
export class MemoryAdminAuditRepository extends AdminAuditRepository {
  private readonly entries: ChainedEntry[] = [];
  private before: ChainEnd = ORIGIN;

  /** Oldest first. */
  all(): readonly ChainedEntry[] {
    return this.entries;
  }

  override append(entry: AdminAuditEntry): Promise<void> {
    const details = JSON.parse(JSON.stringify(entry.details)) as AdminAuditEntry['details'];
    this.entries.push(chained({ ...entry, details }, this.entries.at(-1) ?? this.before, new Date()));
    if (this.entries.length > MAX_KEPT) this.before = this.entries.shift() ?? this.before;
    return Promise.resolve();
  }

  override list(filter: AdminAuditFilter, limit: number): Promise<readonly ChainedEntry[]> {
    const found = this.entries.filter((entry) => isLike(entry, filter)).toReversed();
    return Promise.resolve(found.slice(0, limit));
  }

  override following(number: number, limit: number): Promise<readonly ChainedEntry[]> {
    return Promise.resolve(this.entries.filter((entry) => entry.number > number).slice(0, limit));
  }

  override start(): ChainEnd {
    return this.before;
  }
}

function isLike(entry: ChainedEntry, { from, to, action, target, tokenId, before }: AdminAuditFilter): boolean {
  return (
    (from === undefined || entry.at >= from) &&
    (to === undefined || entry.at < to) &&
    (action === undefined || entry.action === action) &&
    (target === undefined || entry.target === target) &&
    (tokenId === undefined || entry.administrator.tokenId === tokenId) &&
    (before === undefined || entry.number < before)
  );
}
