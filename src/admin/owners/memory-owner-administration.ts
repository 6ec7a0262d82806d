import { Injectable } from '@nestjs/common';
import { ApiKeyRepository, type KeyOwner } from '../../auth/api-key.repository.js';
import { MemoryApiKeyRepository } from '../../auth/memory-api-key.repository.js';
import { ownerId } from '../../auth/owners.js';
import { type AdminAuditEntry, AdminAuditRepository } from '../admin-audit.repository.js';
import {
  type AdministeredOwner,
  OwnerAdministration,
  type OwnerChange,
  type OwnerFilter,
} from './owner-administration.js';

/** Changes the teams and organisations that are in memory. */
@Injectable()
export class MemoryOwnerAdministration extends OwnerAdministration {
  private readonly owners = new Map<string, AdministeredOwner>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly keys: ApiKeyRepository,
    private readonly audit: AdminAuditRepository,
  ) {
    super();
  }

  override find(kind: KeyOwner['kind'], name: string): Promise<AdministeredOwner | undefined> {
    return Promise.resolve(this.owners.get(ownerId(kind, name)));
  }

  override list({ kind, organization, after }: OwnerFilter, limit: number): Promise<readonly AdministeredOwner[]> {
    const found = [...this.owners.values()]
      .filter((owner) => owner.kind === kind && (after === undefined || owner.name > after))
      .filter(({ settings }) => organization === undefined || settings.organization === organization)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    return Promise.resolve(found.slice(0, limit));
  }

  override async create(owner: AdministeredOwner, entry: AdminAuditEntry): Promise<boolean> {
    return (await this.inTurn(undefined, owner, entry, owner)) === 'done';
  }

  override async replace(owner: AdministeredOwner, entry: AdminAuditEntry): Promise<boolean> {
    return (await this.inTurn(owner.version - 1, owner, entry, owner)) === 'done';
  }

  override delete(owner: AdministeredOwner, entry: AdminAuditEntry): Promise<OwnerChange> {
    return this.inTurn(owner.version, owner, entry, undefined);
  }

  /** One change after the other. @param next what is there afterwards. */
  private inTurn(
    version: number | undefined,
    { kind, name }: AdministeredOwner,
    entry: AdminAuditEntry,
    next: AdministeredOwner | undefined,
  ): Promise<OwnerChange> {
    const id = ownerId(kind, name);
    const changed = this.last.then(async (): Promise<OwnerChange> => {
      if (this.owners.get(id)?.version !== version) return 'changed';
      if (next === undefined && this.isInUse(kind, name)) return 'in_use';
      await this.audit.append(entry);
      this.put(id, next);
      return 'done';
    });
    this.last = changed.catch(() => undefined);
    return changed;
  }

  private put(id: string, owner: AdministeredOwner | undefined): void {
    const { owners } = this.memory();
    if (owner === undefined) {
      this.owners.delete(id);
      owners.delete(id);
      return;
    }
    this.owners.set(id, owner);
    owners.set(id, owner);
  }

  private isInUse(kind: KeyOwner['kind'], name: string): boolean {
    return (
      this.memory()
        .all()
        .some(({ settings }) => settings[kind] === name) ||
      (kind === 'organization' && [...this.owners.values()].some(({ settings }) => settings.organization === name))
    );
  }

  private memory(): MemoryApiKeyRepository {
    if (this.keys instanceof MemoryApiKeyRepository) return this.keys;
    throw new TypeError('Teams can be changed in memory only where keys are kept there');
  }
}
