import { Injectable } from '@nestjs/common';
import { ApiKeyRepository, type KeyOwner, type StoredApiKey } from './api-key.repository.js';
import { organizationOf, ownerId } from './owners.js';

/** Keeps keys while the process lives. */
@Injectable()
export class MemoryApiKeyRepository extends ApiKeyRepository {
  private readonly keys = new Map<string, StoredApiKey>();

  /** Teams and organisations, by their ids. */
  readonly owners = new Map<string, KeyOwner>();

  findById(id: string): Promise<StoredApiKey | undefined> {
    const key = this.keys.get(id);
    return Promise.resolve(key === undefined ? undefined : { ...key, owners: this.ownersOf(key) });
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

  private ownersOf({ settings }: StoredApiKey): readonly KeyOwner[] {
    const team = this.owners.get(ownerId('team', settings.team));
    const teams = team === undefined ? [] : [team];
    const organization = this.owners.get(ownerId('organization', organizationOf({ settings, owners: teams })));
    return organization === undefined ? teams : [...teams, organization];
  }
}
