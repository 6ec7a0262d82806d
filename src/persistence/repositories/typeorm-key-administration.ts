import { type DataSource, type EntityManager } from 'typeorm';
import { type AdminAuditEntry } from '../../admin/admin-audit.repository.js';
import {
  type AdministeredKey,
  KeyAdministration,
  type KeyFilter,
  type KeyOrder,
  type KeyPosition,
  type KeyStatus,
  type ListedKeys,
} from '../../admin/keys/key-administration.js';
import { retryOnLostConnection } from '../lost-connection.js';
import { storableText, wholeJson } from '../postgres-values.js';
import { quotedSchema, schemaOf } from '../schema-name.js';
import { appendAuditEntry } from './typeorm-admin-audit.repository.js';

const COLUMNS = [
  ['id', 'id'],
  ['name', 'name'],
  ['digest', 'digest'],
  ['previous_digest', 'previousDigest'],
  ['previous_until', 'previousUntil'],
  ['masked', 'masked'],
  ['allowed_models', 'allowedModels'],
  ['settings', 'settings'],
  ['created_at', 'createdAt'],
  ['updated_at', 'updatedAt'],
  ['expires_at', 'expiresAt'],
  ['disabled_at', 'disabledAt'],
  ['revoked_at', 'revokedAt'],
  ['version', 'version'],
] as const satisfies readonly (readonly [string, keyof AdministeredKey])[];

const NAMES = COLUMNS.map(([column]) => column).join(', ');
const SELECTED = COLUMNS.map(([column, member]) => `${column} AS "${member}"`).join(', ');
const PARAMETERS = COLUMNS.map((_, index) => `$${index + 1}`).join(', ');
const ASSIGNMENTS = COLUMNS.map(([column], index) => `${column} = $${index + 1}`).join(', ');

const STATUS: Readonly<Record<KeyStatus, string>> = {
  revoked: 'revoked_at IS NOT NULL',
  disabled: 'disabled_at IS NOT NULL AND revoked_at IS NULL',
  expired: 'disabled_at IS NULL AND expires_at <= now()',
  active: 'disabled_at IS NULL AND (expires_at IS NULL OR expires_at > now())',
};

/** What an order is by: as it is indexed, as text that loses nothing, and back again. */
const ORDERED = {
  createdAt: {
    by: 'created_at',
    text: `to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
    type: 'timestamptz',
  },
  name: { by: 'name COLLATE "C"', text: 'name', type: 'text' },
} as const;

type Row = AdministeredKey & { readonly position: string };

/** Changes client keys in Postgres, each change in one transaction with its line of the audit log. */
export class TypeOrmKeyAdministration extends KeyAdministration {
  readonly #table: string;

  constructor(
    private readonly dataSource: DataSource,
    private readonly schema: string = schemaOf(dataSource),
  ) {
    super();
    this.#table = `${quotedSchema(schema)}.api_key`;
  }

  override async find(id: string): Promise<AdministeredKey | undefined> {
    const rows: AdministeredKey[] = await retryOnLostConnection(() =>
      this.dataSource.query(`SELECT ${SELECTED} FROM ${this.#table} WHERE id = $1`, [storableText(id)]),
    );
    return rows[0];
  }

  override async list(filter: KeyFilter, order: KeyOrder, limit: number, after?: KeyPosition): Promise<ListedKeys> {
    const isDescending = order.startsWith('-');
    const { by, text, type } = ORDERED[order.endsWith('name') ? 'name' : 'createdAt'];
    const direction = isDescending ? 'DESC' : 'ASC';
    const parameters: string[] = [];
    const parameter = (value: string): string => `$${parameters.push(storableText(value))}`;
    const conditions = [
      ...(filter.name === undefined ? [] : [`name COLLATE "C" = ${parameter(filter.name)}`]),
      ...(filter.team === undefined ? [] : [`settings ->> 'team' = ${parameter(filter.team)}`]),
      ...(filter.organization === undefined ? [] : [`settings ->> 'organization' = ${parameter(filter.organization)}`]),
      ...(filter.status === undefined ? [] : [STATUS[filter.status]]),
      ...(after === undefined
        ? []
        : [`(${by}, id) ${isDescending ? '<' : '>'} (${parameter(after.value)}::${type}, ${parameter(after.id)})`]),
    ];
    const rows: Row[] = await retryOnLostConnection(() =>
      this.dataSource.query(
        `SELECT ${SELECTED}, ${text} AS position FROM ${this.#table}
          ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
          ORDER BY ${by} ${direction}, id ${direction} LIMIT ${limit + 1}`,
        parameters,
      ),
    );
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      keys: page,
      next: rows.length > limit && last !== undefined ? { value: last.position, id: last.id } : undefined,
    };
  }

  override create(key: AdministeredKey, entry: AdminAuditEntry): Promise<boolean> {
    return this.#changed(entry, (on) =>
      on.query(
        `INSERT INTO ${this.#table} (${NAMES}) VALUES (${PARAMETERS}) ON CONFLICT (id) DO NOTHING RETURNING id`,
        valuesOf(key),
      ),
    );
  }

  override replace(key: AdministeredKey, entry: AdminAuditEntry): Promise<boolean> {
    return this.#changed(entry, (on) =>
      on.query(
        `WITH changed AS (
           UPDATE ${this.#table} SET ${ASSIGNMENTS} WHERE id = $1 AND version = $${COLUMNS.length} - 1
           RETURNING id
         ) SELECT id FROM changed`,
        valuesOf(key),
      ),
    );
  }

  override delete({ id, version }: AdministeredKey, entry: AdminAuditEntry): Promise<boolean> {
    return this.#changed(entry, (on) =>
      on.query(
        `WITH gone AS (DELETE FROM ${this.#table} WHERE id = $1 AND version = $2 RETURNING id) SELECT id FROM gone`,
        [storableText(id), version],
      ),
    );
  }

  /** Never tried again: it is not known whether the first try was stored. */
  #changed(entry: AdminAuditEntry, change: (on: EntityManager) => Promise<unknown[]>): Promise<boolean> {
    return this.dataSource.transaction(async (on) => {
      if ((await change(on)).length === 0) return false;
      await appendAuditEntry(on, this.schema, entry);
      return true;
    });
  }
}

/** In the order of the columns. */
function valuesOf(key: AdministeredKey): unknown[] {
  return [
    storableText(key.id),
    storableText(key.name),
    key.digest,
    key.previousDigest,
    key.previousUntil,
    storableText(key.masked),
    key.allowedModels?.map(storableText) ?? null,
    wholeJson(key.settings),
    key.createdAt,
    key.updatedAt,
    key.expiresAt,
    key.disabledAt,
    key.revokedAt,
    key.version,
  ];
}
