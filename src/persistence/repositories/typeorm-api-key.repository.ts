import { type OnApplicationShutdown } from '@nestjs/common';
import { type DataSource } from 'typeorm';
import { ApiKeyRepository, type KeyOwner, type StoredApiKey } from '../../auth/api-key.repository.js';
import { type TeamSettings } from '../../owner.options.js';
import { retryOnLostConnection } from '../lost-connection.js';
import { storableJson, storableText } from '../postgres-values.js';
import { QuickConnections } from '../quick-connections.js';
import { quotedSchema, schemaOf } from '../schema-name.js';

/** What a request waits for its key to be found. The first look-up makes the connections too. */
const LOOK_UP_MS = 1_000;

/**
 * Client keys in Postgres. The SQL is written out because the look-up stands in the way of requests, and because a
 * host's data source need not know our entities.
 */
export class TypeOrmApiKeyRepository extends ApiKeyRepository implements OnApplicationShutdown {
  readonly #table: string;
  readonly #owners: string;
  /** Requests wait for the look-up: not for a database that hangs. */
  readonly #quick: QuickConnections;

  constructor(
    private readonly dataSource: DataSource,
    schema: string = schemaOf(dataSource),
  ) {
    super();
    this.#table = `${quotedSchema(schema)}.api_key`;
    this.#owners = `${quotedSchema(schema)}.key_owner`;
    this.#quick = new QuickConnections(dataSource, LOOK_UP_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#quick.close();
  }

  override async findById(id: string): Promise<StoredApiKey | undefined> {
    const rows = await retryOnLostConnection(() =>
      this.#quick.query<KeyRow>(
        `SELECT key.id, key.name, key.digest, key.previous_digest AS "previousDigest",
                key.previous_until AS "previousUntil", key.masked, key.allowed_models AS "allowedModels", key.settings,
                key.created_at AS "createdAt", key.expires_at AS "expiresAt", key.disabled_at AS "disabledAt",
                team.name AS "teamName", team.settings AS "teamSettings",
                organization.name AS "organizationName", organization.settings AS "organizationSettings"
           FROM ${this.#table} AS key
           LEFT JOIN ${this.#owners} AS team ON team.id = 'team:' || (key.settings ->> 'team')
           LEFT JOIN ${this.#owners} AS organization
             ON organization.id = 'organization:' || COALESCE(team.settings ->> 'organization', key.settings ->> 'organization')
          WHERE key.id = $1`,
        [storableText(id)],
      ),
    );
    return rows[0] === undefined ? undefined : keyOf(rows[0]);
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

  override async idsNotUnder(pepper: Buffer, limit: number): Promise<readonly string[]> {
    const rows: { id: string }[] = await retryOnLostConnection(() =>
      this.dataSource.query(
        `SELECT id FROM ${this.#table}
          WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
            AND (substring(digest FOR $2) <> $1
              OR (previous_until > now() AND substring(previous_digest FOR $2) <> $1))
          ORDER BY created_at, id LIMIT $3`,
        [pepper, pepper.length, limit],
      ),
    );
    return rows.map(({ id }) => id);
  }

  override async renewDigest(id: string, before: Buffer, now: Buffer): Promise<void> {
    await retryOnLostConnection(() =>
      this.dataSource.query(
        `UPDATE ${this.#table}
            SET digest = CASE digest WHEN $2 THEN $3 ELSE digest END,
                previous_digest = CASE previous_digest WHEN $2 THEN $3 ELSE previous_digest END
          WHERE id = $1 AND $2 IN (digest, previous_digest)`,
        [storableText(id), before, now],
      ),
    );
  }
}

interface KeyRow extends Omit<StoredApiKey, 'owners'> {
  readonly teamName: string | null;
  readonly teamSettings: TeamSettings | null;
  readonly organizationName: string | null;
  readonly organizationSettings: TeamSettings | null;
}

function keyOf({ teamName, teamSettings, organizationName, organizationSettings, ...key }: KeyRow): StoredApiKey {
  const owners: KeyOwner[] = [];
  if (teamName !== null && teamSettings !== null) {
    owners.push({ kind: 'team', name: teamName, settings: teamSettings });
  }
  if (organizationName !== null && organizationSettings !== null) {
    owners.push({ kind: 'organization', name: organizationName, settings: organizationSettings });
  }
  return { ...key, owners };
}
