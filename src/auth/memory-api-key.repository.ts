import { Injectable } from '@nestjs/common';
import { ApiKeyRepository, type StoredApiKey } from './api-key.repository.js';

/** Keeps keys while the process lives. */
@Injectable()
export class MemoryApiKeyRepository extends ApiKeyRepository {
  private readonly keys = new Map<string, StoredApiKey>();

  findById(id: string): Promise<StoredApiKey | undefined> {
    return Promise.resolve(this.keys.get(id));
  }

  count(): Promise<number> {
    return Promise.resolve(this.keys.size);
  }

  insert(key: StoredApiKey): Promise<boolean> {
    if (this.keys.has(key.id)) return Promise.resolve(false);
    this.keys.set(key.id, key);
    return Promise.resolve(true);
  }

  get(id: string): StoredApiKey | undefined {
    return this.keys.get(id);
  }

  /** In no order. */
  all(): readonly StoredApiKey[] {
    return [...this.keys.values()];
  }

  replace(key: StoredApiKey): void {
    this.keys.set(key.id, key);
  }

  remove(id: string): void {
    this.keys.delete(id);
  }
}
