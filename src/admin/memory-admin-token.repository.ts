import { Injectable } from '@nestjs/common';
import { type AdminAuditEntry, AdminAuditRepository } from './admin-audit.repository.js';
import {
  type AdminTokenFilter,
  AdminTokenRepository,
  isStandingOwner,
  type StoredAdminToken,
  type TokenRevocation,
} from './admin-token.repository.js';

/** Keeps tokens while the process lives. */
@Injectable()
export class MemoryAdminTokenRepository extends AdminTokenRepository {
  private readonly tokens = new Map<string, StoredAdminToken>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly audit: AdminAuditRepository) {
    super();
  }

  override findById(id: string): Promise<StoredAdminToken | undefined> {
    return Promise.resolve(this.tokens.get(id));
  }

  override count(): Promise<number> {
    return Promise.resolve(this.tokens.size);
  }

  override list({ grantedBy, before }: AdminTokenFilter, limit: number): Promise<readonly StoredAdminToken[]> {
    // In the order in which they were made.
    const all = [...this.tokens.values()];
    const end = before === undefined ? all.length : all.findIndex(({ id }) => id === before);
    const older = all.slice(0, Math.max(end, 0));
    const found = older.filter((token) => grantedBy === undefined || token.grantedBy === grantedBy);
    return Promise.resolve(found.toReversed().slice(0, limit));
  }

  override insert(token: StoredAdminToken): Promise<boolean> {
    if (this.tokens.has(token.id)) return Promise.resolve(false);
    this.tokens.set(token.id, token);
    return Promise.resolve(true);
  }

  override create(token: StoredAdminToken, entry: AdminAuditEntry): Promise<boolean> {
    return this.inTurn(async () => {
      if (this.tokens.has(token.id)) return false;
      await this.audit.append(entry);
      return this.insert(token);
    });
  }

  override revoke(token: StoredAdminToken, entry: AdminAuditEntry, leavesAnOwner: boolean): Promise<TokenRevocation> {
    return this.inTurn(async () => {
      const found = this.tokens.get(token.id);
      if (found === undefined || found.disabledAt !== null) return 'gone';
      if (leavesAnOwner && isStandingOwner(found) && !this.hasStandingOwnerBeside(token.id)) return 'last_owner';
      await this.audit.append(entry);
      this.tokens.set(token.id, token);
      return 'done';
    });
  }

  private hasStandingOwnerBeside(id: string): boolean {
    return [...this.tokens.values()].some((token) => token.id !== id && isStandingOwner(token));
  }

  /** One change after the other. */
  private inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const changed = this.last.then(change);
    this.last = changed.catch(() => undefined);
    return changed;
  }
}
