import { type DataSource } from 'typeorm';
import { AdminTokenRepository, type StoredAdminToken } from '../../admin/admin-token.repository.js';
import { retryOnLostConnection } from '../lost-connection.js';
import { storableText } from '../postgres-values.js';
import { quotedSchema, schemaOf } from '../schema-name.js';

/** The tokens of administrators in Postgres. */
export class TypeOrmAdminTokenRepository extends AdminTokenRepository {
  readonly #table: string;

  constructor(
    private readonly dataSource: DataSource,
    schema: string = schemaOf(dataSource),
  ) {
    super();
    this.#table = `${quotedSchema(schema)}.admin_token`;
  }

  override async findById(id: string): Promise<StoredAdminToken | undefined> {
    const rows: StoredAdminToken[] = await retryOnLostConnection(() =>
      this.dataSource.query(
        `SELECT id, name, digest, created_at AS "createdAt", expires_at AS "expiresAt", disabled_at AS "disabledAt"
           FROM ${this.#table} WHERE id = $1`,
        [storableText(id)],
      ),
    );
    return rows[0];
  }

  override async count(): Promise<number> {
    const rows: { count: string }[] = await retryOnLostConnection(() =>
      this.dataSource.query(`SELECT count(*) FROM ${this.#table}`),
    );
    return Number(rows[0]?.count ?? 0);
  }

  // Never tried again: the first try may have stored the token, and the second would then report it as taken.
  override async insert(token: StoredAdminToken): Promise<boolean> {
    const rows: unknown[] = await this.dataSource.query(
      `INSERT INTO ${this.#table} (id, name, digest, created_at, expires_at, disabled_at)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING RETURNING id`,
      [
        storableText(token.id),
        storableText(token.name),
        token.digest,
        token.createdAt,
        token.expiresAt,
        token.disabledAt,
      ],
    );
    return rows.length === 1;
  }
}
