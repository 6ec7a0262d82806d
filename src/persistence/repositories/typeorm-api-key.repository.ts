import { type OnApplicationShutdown } from '@nestjs/common';
import { type DataSource } from 'typeorm';
import { ApiKeyRepository, type StoredApiKey } from '../../auth/api-key.repository.js';
import { retryOnLostConnection } from '../lost-connection.js';
import { storableJson, storableText } from '../postgres-values.js';
import { QuickConnections } from '../quick-connections.js';
import { quotedSchema, schemaOf } from '../schema-name.js';

/**
 * Client keys in Postgres. The SQL is written out because the look-up stands in the way of requests, and because a
 * host's data source need not know our entities.
 */
export class TypeOrmApiKeyRepository extends ApiKeyRepository implements OnApplicationShutdown {
  readonly #table: string;
  /** Requests wait for the look-up: not for a database that hangs. */
  readonly #quick: QuickConnections;

  constructor(
    private readonly dataSource: DataSource,
    schema: string = schemaOf(dataSource),
  ) {
    super();
    this.#table = `${quotedSchema(schema)}.api_key`;
    this.#quick = new QuickConnections(dataSource);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#quick.close();
  }

  override async findById(id: string): Promise<StoredApiKey | undefined> {
    const rows = await retryOnLostConnection(() =>
      this.#quick.query<StoredApiKey>(
        `SELECT id, name, digest, previous_digest AS "previousDigest", previous_until AS "previousUntil", masked,
                allowed_models AS "allowedModels", settings, created_at AS "createdAt", expires_at AS "expiresAt", disabled_at AS "disabledAt"
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

  // Never tried again: the first try may have stored the key, and the second would then report it as taken.
  override async insert(key: StoredApiKey): Promise<boolean> {
    const rows: unknown[] = await this.dataSource.query(
      `INSERT INTO ${this.#table} (id, name, digest, masked, allowed_models, settings, created_at, expires_at, disabled_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING RETURNING id`,
      [
        storableText(key.id),
        storableText(key.name),
        key.digest,
        storableText(key.masked),
        key.allowedModels?.map(storableText) ?? null,
        storableJson(key.settings),
        key.createdAt,
        key.expiresAt,
        key.disabledAt,
      ],
    );
    return rows.length === 1;
  }
}
