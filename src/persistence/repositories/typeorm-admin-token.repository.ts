import { type DataSource, type EntityManager } from 'typeorm';
import { type AdminAuditEntry } from '../../admin/admin-audit.repository.js';
import {
  type AdminTokenFilter,
  AdminTokenRepository,
  isStandingOwner,
  type StoredAdminToken,
  type TokenRevocation,
} from '../../admin/admin-token.repository.js';
import { retryOnLostConnection } from '../lost-connection.js';
import { storableText, storableTextOrNull } from '../postgres-values.js';
import { quotedSchema, schemaOf } from '../schema-name.js';
import { appendAuditEntry } from './typeorm-admin-audit.repository.js';

const COLUMNS = `id, name, digest, role, scopes, granted_by AS "grantedBy", created_at AS "createdAt",
  expires_at AS "expiresAt", disabled_at AS "disabledAt"`;

/** The tokens of administrators in Postgres. */
export class TypeOrmAdminTokenRepository extends AdminTokenRepository {
  readonly #table: string;

  constructor(
    private readonly dataSource: DataSource,
    private readonly schema: string = schemaOf(dataSource),
  ) {
    super();
    this.#table = `${quotedSchema(schema)}.admin_token`;
  }

  override async findById(id: string): Promise<StoredAdminToken | undefined> {
    const rows: StoredAdminToken[] = await retryOnLostConnection(() =>
      this.dataSource.query(`SELECT ${COLUMNS} FROM ${this.#table} WHERE id = $1`, [storableText(id)]),
    );
    return rows[0];
  }

  override async count(): Promise<number> {
    const rows: { count: string }[] = await retryOnLostConnection(() =>
      this.dataSource.query(`SELECT count(*) FROM ${this.#table}`),
    );
    return Number(rows[0]?.count ?? 0);
  }

  override list({ grantedBy, before }: AdminTokenFilter, limit: number): Promise<readonly StoredAdminToken[]> {
    return retryOnLostConnection(() =>
      this.dataSource.query<StoredAdminToken[]>(
        `SELECT ${COLUMNS} FROM ${this.#table}
          WHERE ($1::text IS NULL OR granted_by = $1)
            AND ($2::text IS NULL OR (created_at, id) < (SELECT created_at, id FROM ${this.#table} WHERE id = $2))
          ORDER BY created_at DESC, id DESC LIMIT $3`,
        [storableTextOrNull(grantedBy ?? null), storableTextOrNull(before ?? null), limit],
      ),
    );
  }

  override async idsNotUnder(pepper: Buffer, limit: number): Promise<readonly string[]> {
    const rows: { id: string }[] = await retryOnLostConnection(() =>
      this.dataSource.query(
        `SELECT id FROM ${this.#table}
          WHERE disabled_at IS NULL AND (expires_at IS NULL OR expires_at > now()) AND substring(digest FOR $2) <> $1
          ORDER BY created_at, id LIMIT $3`,
        [pepper, pepper.length, limit],
      ),
    );
    return rows.map(({ id }) => id);
  }

  override async renewDigest(id: string, before: Buffer, now: Buffer): Promise<void> {
    await retryOnLostConnection(() =>
      this.dataSource.query(`UPDATE ${this.#table} SET digest = $3 WHERE id = $1 AND digest = $2`, [
        storableText(id),
        before,
        now,
      ]),
    );
  }

  // Never tried again: the first try may have stored the token, and the second would then report it as taken.
  override insert(token: StoredAdminToken): Promise<boolean> {
    return this.#insert(this.dataSource, token);
  }

  override create(token: StoredAdminToken, entry: AdminAuditEntry): Promise<boolean> {
    return this.dataSource.transaction(async (on) => {
      if (!(await this.#insert(on, token))) return false;
      await appendAuditEntry(on, this.schema, entry);
      return true;
    });
  }

  override revoke(token: StoredAdminToken, entry: AdminAuditEntry, leavesAnOwner: boolean): Promise<TokenRevocation> {
    return this.dataSource.transaction(async (on) => {
      const isLast =
        leavesAnOwner && isStandingOwner({ ...token, disabledAt: null }) && (await this.#isLast(on, token));
      if (isLast) return 'last_owner';
      const revoked: unknown[] = await on.query(
        `WITH revoked AS (
           UPDATE ${this.#table} SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL RETURNING id
         ) SELECT id FROM revoked`,
        [storableText(token.id), token.disabledAt],
      );
      if (revoked.length === 0) return 'gone';
      await appendAuditEntry(on, this.schema, entry);
      return 'done';
    });
  }

  /** Locks them all, in one order: of two owners who revoke each other the second sees what the first has done. */
  async #isLast(on: EntityManager, { id }: StoredAdminToken): Promise<boolean> {
    const owners: { id: string }[] = await on.query(
      `SELECT id FROM ${this.#table} WHERE role = 'owner' AND expires_at IS NULL AND disabled_at IS NULL
        ORDER BY id FOR UPDATE`,
    );
    return owners.length === 1 && owners[0]?.id === id;
  }

  async #insert(on: Pick<EntityManager, 'query'>, token: StoredAdminToken): Promise<boolean> {
    const rows: unknown[] = await on.query(
      `INSERT INTO ${this.#table} (id, name, digest, role, scopes, granted_by, created_at, expires_at, disabled_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING RETURNING id`,
      [
        storableText(token.id),
        storableText(token.name),
        token.digest,
        token.role,
        token.scopes,
        token.grantedBy,
        token.createdAt,
        token.expiresAt,
        token.disabledAt,
      ],
    );
    return rows.length === 1;
  }
}
