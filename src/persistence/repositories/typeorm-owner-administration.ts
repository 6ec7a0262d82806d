import { type DataSource, type EntityManager } from 'typeorm';
import { type AdminAuditEntry } from '../../admin/admin-audit.repository.js';
import {
  type AdministeredOwner,
  OwnerAdministration,
  type OwnerChange,
  type OwnerFilter,
} from '../../admin/owners/owner-administration.js';
import { type KeyOwner } from '../../auth/api-key.repository.js';
import { ownerId } from '../../auth/owners.js';
import { retryOnLostConnection } from '../lost-connection.js';
import { storableText, wholeJson } from '../postgres-values.js';
import { quotedSchema, schemaOf } from '../schema-name.js';
import { appendAuditEntry } from './typeorm-admin-audit.repository.js';

const COLUMNS = 'kind, name, settings, created_at AS "createdAt", updated_at AS "updatedAt", version';

/** Changes teams and organisations in Postgres, each change in one transaction with its line of the audit log. */
export class TypeOrmOwnerAdministration extends OwnerAdministration {
  readonly #table: string;
  readonly #keys: string;

  constructor(
    private readonly dataSource: DataSource,
    private readonly schema: string = schemaOf(dataSource),
  ) {
    super();
    this.#table = `${quotedSchema(schema)}.key_owner`;
    this.#keys = `${quotedSchema(schema)}.api_key`;
  }

  override async find(kind: KeyOwner['kind'], name: string): Promise<AdministeredOwner | undefined> {
    const rows: AdministeredOwner[] = await retryOnLostConnection(() =>
      this.dataSource.query(`SELECT ${COLUMNS} FROM ${this.#table} WHERE id = $1`, [storableText(ownerId(kind, name))]),
    );
    return rows[0];
  }

  override list({ kind, organization, after }: OwnerFilter, limit: number): Promise<readonly AdministeredOwner[]> {
    return retryOnLostConnection(() =>
      this.dataSource.query<AdministeredOwner[]>(
        `SELECT ${COLUMNS} FROM ${this.#table}
          WHERE kind = $1 AND name COLLATE "C" > $2 AND ($3::text IS NULL OR settings ->> 'organization' = $3)
          ORDER BY name COLLATE "C" LIMIT $4`,
        [kind, storableText(after ?? ''), organization === undefined ? null : storableText(organization), limit],
      ),
    );
  }

  override async create(owner: AdministeredOwner, entry: AdminAuditEntry): Promise<boolean> {
    const change = await this.#changed(entry, (on) =>
      on.query(
        `INSERT INTO ${this.#table} (id, kind, name, settings, created_at, updated_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING RETURNING id`,
        [
          ownerId(owner.kind, owner.name),
          owner.kind,
          owner.name,
          wholeJson(owner.settings),
          owner.createdAt,
          owner.updatedAt,
          owner.version,
        ],
      ),
    );
    return change === 'done';
  }

  override async replace(owner: AdministeredOwner, entry: AdminAuditEntry): Promise<boolean> {
    const change = await this.#changed(entry, (on) =>
      on.query(
        `WITH changed AS (
           UPDATE ${this.#table} SET settings = $2, updated_at = $3, version = $4 WHERE id = $1 AND version = $4 - 1
           RETURNING id
         ) SELECT id FROM changed`,
        [ownerId(owner.kind, owner.name), wholeJson(owner.settings), owner.updatedAt, owner.version],
      ),
    );
    return change === 'done';
  }

  override delete({ kind, name, version }: AdministeredOwner, entry: AdminAuditEntry): Promise<OwnerChange> {
    return this.dataSource.transaction(async (on) => {
      const used: unknown[] = await on.query(
        `SELECT 1 FROM ${this.#keys} WHERE settings ->> '${kind}' = $1
         UNION ALL SELECT 1 FROM ${this.#table} WHERE settings ->> '${kind}' = $1 LIMIT 1`,
        [storableText(name)],
      );
      if (used.length > 0) return 'in_use';
      const gone: unknown[] = await on.query(
        `WITH gone AS (DELETE FROM ${this.#table} WHERE id = $1 AND version = $2 RETURNING id) SELECT id FROM gone`,
        [ownerId(kind, name), version],
      );
      if (gone.length === 0) return 'changed';
      await appendAuditEntry(on, this.schema, entry);
      return 'done';
    });
  }

  #changed(entry: AdminAuditEntry, change: (on: EntityManager) => Promise<unknown[]>): Promise<OwnerChange> {
    return this.dataSource.transaction(async (on) => {
      if ((await change(on)).length === 0) return 'changed';
      await appendAuditEntry(on, this.schema, entry);
      return 'done';
    });
  }
}
