import { setTimeout as pause } from 'node:timers/promises';
import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type DatabaseConnection } from './database-connection.js';
import { errorCode, isLostConnection } from './lost-connection.js';
import { schemaOf } from './schema-name.js';
import { withSideConnection } from './side-data-source.js';
import { makeUsagePartition, missingMonths } from './usage-partitions.js';

const INTERVAL_MS = 3_600_000;
/** For a rest that has grown large, as where nobody had the right to make partitions. */
const TIMEOUT_MS = 600_000;
const LOCK_NOT_AVAILABLE = '55P03';

/** Sees to it that usage records find the partition of their month: at the start, and every hour. */
export class UsagePartitionKeeper implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logger = new Logger('Postgres');
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #told = '';

  constructor(
    private readonly database: DatabaseConnection,
    private readonly schema: string = schemaOf(database.dataSource),
  ) {}

  onApplicationBootstrap(): void {
    this.#running = this.#keepMaking();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  /** What is missing is made, by whichever replica comes first. */
  async make(): Promise<void> {
    const { dataSource } = this.database;
    const months = await missingMonths(dataSource, this.schema);
    if (months.length === 0) return;
    await withSideConnection(dataSource, TIMEOUT_MS, async (side) => {
      for (const month of months) {
        if (this.#closing.signal.aborted) return;
        await side.transaction((on) => makeUsagePartition(on, this.schema, month));
      }
    });
  }

  async #keepMaking(): Promise<void> {
    const { signal } = this.#closing;
    const closed = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([this.database.ready, closed]);
    while (!signal.aborted) {
      try {
        await this.make();
        this.#told = '';
      } catch (error) {
        if (!signal.aborted) this.#tell(error);
      }
      await pause(INTERVAL_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Once for each reason. Another replica that is at it, or a table that is busy, is none. */
  #tell(error: unknown): void {
    const reason = String(error);
    if (reason === this.#told || errorCode(error) === LOCK_NOT_AVAILABLE || isLostConnection(error)) return;
    this.#told = reason;
    this.#logger.warn(`Partitions of the usage records cannot be made, records wait in the rest: ${reason}`);
  }
}
