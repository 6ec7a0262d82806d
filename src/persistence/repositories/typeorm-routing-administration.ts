import { type DataSource, type EntityManager } from 'typeorm';
import { RoutingAdministration, type RoutingDecision } from '../../admin/routing-administration.js';
import { type PriceVersion, type RoutingEntry, type RoutingState } from '../../routing/stored-routing.js';
import { retryOnLostConnection } from '../lost-connection.js';
import { storableText, wholeJson } from '../postgres-values.js';
import { quotedSchema, schemaOf } from '../schema-name.js';
import { appendAuditEntry } from './typeorm-admin-audit.repository.js';

const PRICE = `id, version, settings, created_at AS "createdAt", is_end AS "isEnd"`;

/** Changes what requests are routed by in Postgres, each change in one transaction with its line of the audit log. */
export class TypeOrmRoutingAdministration extends RoutingAdministration {
  readonly #entries: string;
  readonly #prices: string;

  constructor(
    private readonly dataSource: DataSource,
    private readonly schema: string = schemaOf(dataSource),
  ) {
    super();
    this.#entries = `${quotedSchema(schema)}.routing_entry`;
    this.#prices = `${quotedSchema(schema)}.price_version`;
  }

  override read(): Promise<RoutingState> {
    return retryOnLostConnection(() => this.#state(this.dataSource));
  }

  /** Never tried again: it is not known whether the first try was stored. */
  override change<Result>(decide: RoutingDecision<Result>): Promise<Result> {
    return this.dataSource.transaction(async (on) => {
      // Who only reads is let through.
      await on.query(`LOCK TABLE ${this.#entries}, ${this.#prices} IN SHARE ROW EXCLUSIVE MODE`);
      const { put = [], remove, price, audit, result } = decide(await this.#state(on));
      for (const entry of put) await this.#put(on, entry);
      if (remove !== undefined) await on.query(`DELETE FROM ${this.#entries} WHERE id = $1`, [remove.id]);
      if (price !== undefined) await this.#add(on, price);
      await appendAuditEntry(on, this.schema, audit);
      return result;
    });
  }

  override priceVersions(id: string): Promise<readonly PriceVersion[]> {
    return retryOnLostConnection(() =>
      this.dataSource.query<PriceVersion[]>(`SELECT ${PRICE} FROM ${this.#prices} WHERE id = $1 ORDER BY version`, [
        storableText(id),
      ]),
    );
  }

  async #state(on: Pick<EntityManager, 'query'>): Promise<RoutingState> {
    // Ids are in the order of time. Both in one statement, to be of one moment.
    const [row]: RowOfState[] = await on.query(
      `SELECT (SELECT coalesce(json_agg(entry ORDER BY entry.id), '[]')
                 FROM (SELECT id, kind, name, settings, encode(secrets, 'base64') AS secrets, created_at AS "createdAt",
                              updated_at AS "updatedAt", version FROM ${this.#entries}) AS entry) AS entries,
              (SELECT coalesce(json_agg(price ORDER BY price.id), '[]')
                 FROM (SELECT DISTINCT ON (id) ${PRICE} FROM ${this.#prices} ORDER BY id, version DESC) AS price
                WHERE NOT price."isEnd") AS prices`,
    );
    return { entries: (row?.entries ?? []).map(entryOf), prices: (row?.prices ?? []).map(priceOf) };
  }

  async #put(on: EntityManager, entry: RoutingEntry): Promise<void> {
    await on.query(
      `INSERT INTO ${this.#entries} (id, kind, name, settings, secrets, created_at, updated_at, version)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
       ON CONFLICT (id) DO UPDATE SET settings = EXCLUDED.settings, secrets = EXCLUDED.secrets,
         updated_at = EXCLUDED.updated_at, version = EXCLUDED.version`,
      [
        entry.id,
        entry.kind,
        entry.name,
        wholeJson(entry.settings),
        entry.secrets,
        entry.createdAt,
        entry.updatedAt,
        entry.version,
      ],
    );
  }

  async #add(on: EntityManager, { id, version, settings, createdAt, isEnd }: PriceVersion): Promise<void> {
    await on.query(
      `INSERT INTO ${this.#prices} (id, version, settings, created_at, is_end) VALUES ($1, $2, $3, $4, $5)`,
      [id, version, wholeJson(settings), createdAt, isEnd],
    );
  }
}

/** As JSON has it. */
interface RowOfState {
  readonly entries: readonly (Omit<RoutingEntry, 'secrets' | 'createdAt' | 'updatedAt'> & {
    readonly secrets: string | null;
    readonly createdAt: string;
    readonly updatedAt: string;
  })[];
  readonly prices: readonly (Omit<PriceVersion, 'createdAt'> & { readonly createdAt: string })[];
}

function entryOf({ secrets, createdAt, updatedAt, ...entry }: RowOfState['entries'][number]): RoutingEntry {
  return {
    ...entry,
    secrets: secrets === null ? null : Buffer.from(secrets, 'base64'),
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
  } as RoutingEntry;
}

function priceOf({ createdAt, ...price }: RowOfState['prices'][number]): PriceVersion {
  return { ...price, createdAt: new Date(createdAt) };
}
