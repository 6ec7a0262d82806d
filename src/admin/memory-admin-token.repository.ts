import { Injectable } from '@nestjs/common';
import { AdminTokenRepository, type StoredAdminToken } from './admin-token.repository.js';

/** Keeps tokens while the process lives. */
@Injectable()
export class MemoryAdminTokenRepository extends AdminTokenRepository {
  private readonly tokens = new Map<string, StoredAdminToken>();

  findById(id: string): Promise<StoredAdminToken | undefined> {
    return Promise.resolve(this.tokens.get(id));
  }

  count(): Promise<number> {
    return Promise.resolve(this.tokens.size);
  }

  insert(token: StoredAdminToken): Promise<boolean> {
    if (this.tokens.has(token.id)) return Promise.resolve(false);
    this.tokens.set(token.id, token);
    return Promise.resolve(true);
  }
}
