import { DataSource } from 'typeorm';
import { isDataError, isLostConnection, outliveErrors } from './lost-connection.js';
import { TypeOrmLogger } from './typeorm.logger.js';

const TIMEOUT_MS = 500;
/** A server that hangs does not keep its own limit. */
const GRACE_MS = 100;
const POOL_SIZE = 2;

/**
 * A few connections beside those of a data source, for what calls wait for: never behind batches of records, and for
 * half a second at most. They are made when they are first used.
 */
export class QuickConnections {
  #opening: Promise<DataSource> | undefined;

  /** @param timeoutMs for a statement, and for a connection. */
  constructor(
    private readonly dataSource: DataSource,
    private readonly timeoutMs = TIMEOUT_MS,
  ) {}

  async query<Row>(statement: string, parameters: unknown[]): Promise<Row[]> {
    const opening = (this.#opening ??= open(this.dataSource, this.timeoutMs));
    try {
      const connections = await opening;
      return await connections.query<Row[]>(statement, parameters);
    } catch (error) {
      // One that hangs would hang again: the next query begins with new ones.
      if (!isDataError(error) && !isLostConnection(error) && this.#opening === opening) {
        this.#opening = undefined;
        void closed(opening);
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    if (opening !== undefined) await closed(opening);
  }
}

function open({ options }: DataSource, timeoutMs: number): Promise<DataSource> {
  if (options.type !== 'postgres')
    throw new TypeError(`The data source must be of type postgres, not ${options.type}.`);
  return new DataSource({
    ...options,
    entities: [],
    migrations: [],
    poolSize: POOL_SIZE,
    connectTimeoutMS: timeoutMs,
    // What a host's data source may have.
    subscribers: [],
    synchronize: false,
    dropSchema: false,
    migrationsRun: false,
    installExtensions: false,
    cache: false,
    logger: new TypeOrmLogger(),
    poolErrorHandler: () => undefined,
    extra: {
      ...options.extra,
      max: POOL_SIZE,
      statement_timeout: timeoutMs,
      query_timeout: timeoutMs + GRACE_MS,
      onConnect: outliveErrors,
    },
  }).initialize();
}

async function closed(opening: Promise<DataSource>): Promise<void> {
  try {
    await (await opening).destroy();
  } catch {
    // They were never there, or are gone already.
  }
}
