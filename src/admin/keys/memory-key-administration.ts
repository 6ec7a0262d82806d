import { Injectable } from '@nestjs/common';
import { ApiKeyRepository, type StoredApiKey } from '../../auth/api-key.repository.js';
import { MemoryApiKeyRepository } from '../../auth/memory-api-key.repository.js';
import { type AdminAuditEntry, AdminAuditRepository } from '../admin-audit.repository.js';
import {
  type AdministeredKey,
  KeyAdministration,
  type KeyFilter,
  type KeyOrder,
  type KeyPosition,
  type ListedKeys,
  statusOf,
} from './key-administration.js';

/** Changes the keys that are in memory. */
@Injectable()
export class MemoryKeyAdministration extends KeyAdministration {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly repository: ApiKeyRepository,
    private readonly audit: AdminAuditRepository,
  ) {
    super();
  }

  override find(id: string): Promise<AdministeredKey | undefined> {
    return Promise.resolve(this.current(id));
  }

  override list(filter: KeyFilter, order: KeyOrder, limit: number, after?: KeyPosition): Promise<ListedKeys> {
    const isDescending = order.startsWith('-');
    const compare = (a: KeyPosition, b: KeyPosition): number => compared(a, b) * (isDescending ? -1 : 1);
    const found = this.memory()
      .all()
      .map(administered)
      .filter((key) => isLike(key, filter))
      .map((key) => ({ key, position: { id: key.id, value: valueOf(key, order) } }))
      .filter(({ position }) => after === undefined || compare(position, after) > 0)
      .sort((a, b) => compare(a.position, b.position));
    const page = found.slice(0, limit);
    const next = found.length > limit ? page.at(-1)?.position : undefined;
    return Promise.resolve({ keys: page.map(({ key }) => key), next });
  }

  override create(key: AdministeredKey, entry: AdminAuditEntry): Promise<boolean> {
    return this.inTurn(undefined, key.id, entry, (memory) => memory.replace(key));
  }

  override replace(key: AdministeredKey, entry: AdminAuditEntry): Promise<boolean> {
    return this.inTurn(key.version - 1, key.id, entry, (memory) => memory.replace(key));
  }

  override delete({ id, version }: AdministeredKey, entry: AdminAuditEntry): Promise<boolean> {
    return this.inTurn(version, id, entry, (memory) => memory.remove(id));
  }

  /** One change after the other: between the look at a key and its change there is nobody else's. */
  private inTurn(
    version: number | undefined,
    id: string,
    entry: AdminAuditEntry,
    change: (memory: MemoryApiKeyRepository) => void,
  ): Promise<boolean> {
    const changed = this.last.then(async () => {
      if (this.current(id)?.version !== version) return false;
      await this.audit.append(entry);
      change(this.memory());
      return true;
    });
    this.last = changed.catch(() => undefined);
    return changed;
  }

  private current(id: string): AdministeredKey | undefined {
    const found = this.memory().get(id);
    return found === undefined ? undefined : administered(found);
  }

  private memory(): MemoryApiKeyRepository {
    if (this.repository instanceof MemoryApiKeyRepository) return this.repository;
    throw new TypeError('Keys can be changed in memory only where they are kept there');
  }
}

function administered(key: StoredApiKey & Partial<AdministeredKey>): AdministeredKey {
  return {
    ...key,
    previousDigest: key.previousDigest ?? null,
    previousUntil: key.previousUntil ?? null,
    updatedAt: key.updatedAt ?? key.createdAt,
    revokedAt: key.revokedAt ?? null,
    version: key.version ?? 1,
  };
}

function isLike(key: AdministeredKey, { name, team, organization, status }: KeyFilter): boolean {
  return (
    (name === undefined || key.name === name) &&
    (team === undefined || key.settings.team === team) &&
    (organization === undefined || key.settings.organization === organization) &&
    (status === undefined || statusOf(key) === status)
  );
}

function valueOf({ name, createdAt }: AdministeredKey, order: KeyOrder): string {
  return order.endsWith('name') ? name : createdAt.toISOString();
}

function compared(a: KeyPosition, b: KeyPosition): number {
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}
