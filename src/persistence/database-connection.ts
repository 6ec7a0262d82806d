import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { type DataSource } from 'typeorm';
import { connect, createDataSource, isNotReady } from './data-source.js';
import { migrate, requireMigrated } from './migrate.js';
import { type PersistenceModuleOptions } from './persistence.module-definition.js';
import { schemaOf } from './schema-name.js';

const PATIENCE_MS = 15_000;
const RETRY_MS = 1_000;

const logger = new Logger('Postgres');

/** Brings the tables up to date, or sees that they are. */
type Prepare = (dataSource: DataSource, schema?: string) => Promise<unknown>;

/** The data source, and whether its tables are there. */
export class DatabaseConnection {
  /** Settles when the tables are there: never, where that does not come about. */
  readonly ready: Promise<void>;
  readonly #closing = new AbortController();
  #opening: Promise<void> | undefined;
  #isReady = false;
  #tellReady = (): void => undefined;

  private constructor(
    readonly dataSource: DataSource,
    private readonly isOurs: boolean,
    private readonly prepare: Prepare,
  ) {
    this.ready = new Promise((resolve) => (this.#tellReady = resolve));
  }

  /** @throws what the server has against it, or that it is not there where it must be. */
  static async open(options: PersistenceModuleOptions): Promise<DatabaseConnection> {
    const prepare = options.migrate === false ? requireMigrated : migrate;
    if ('dataSource' in options) {
      const { dataSource, schema = schemaOf(dataSource) } = options;
      await prepare(dataSource, schema);
      return new DatabaseConnection(dataSource, false, prepare).#isThere();
    }
    const dataSource = createDataSource(options);
    const connection = new DatabaseConnection(dataSource, true, prepare);
    try {
      await connect(dataSource, options.patienceMs ?? PATIENCE_MS);
    } catch (error) {
      if (options.startsWithout !== true || !isNotReady(error)) throw error;
      logger.warn(`Postgres does not answer: the start goes on without it (${String(error)})`);
      connection.#opening = connection.#keepOpening();
      return connection;
    }
    try {
      await prepare(dataSource);
    } catch (error) {
      await dataSource.destroy();
      throw error;
    }
    return connection.#isThere();
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Closes what is its own. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#opening;
    if (this.isOurs && this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  #isThere(): this {
    this.#isReady = true;
    this.#tellReady();
    return this;
  }

  async #keepOpening(): Promise<void> {
    const { signal } = this.#closing;
    let told = '';
    while (!signal.aborted) {
      try {
        // Before anybody may look for them on these connections.
        await this.prepare(this.dataSource);
        await this.dataSource.initialize();
        logger.log('Postgres is there');
        this.#isThere();
        return;
      } catch (error) {
        // It was there, and something else is the matter.
        if (!isNotReady(error) && told !== String(error)) logger.error(`Postgres cannot be used: ${String(error)}`);
        told = String(error);
      }
      await pause(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
