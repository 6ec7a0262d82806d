import { type DataSource } from 'typeorm';
import { isDataError, isLostConnection } from './lost-connection.js';
import { sideDataSource } from './side-data-source.js';

const TIMEOUT_MS = 500;
const POOL_SIZE = 4;
/** To make a connection takes many times as long as what it is asked, and a call would wait for it. */
const KEPT = 1;

/**
 * A few connections beside those of a data source, for what calls wait for: never behind batches of records, and for
 * half a second at most. They are made when they are first used, and one of them stays.
 */
export class QuickConnections {
  #opening: Promise<DataSource> | undefined;

  /** @param timeoutMs for a statement, and for a connection. */
  constructor(
    private readonly dataSource: DataSource,
    private readonly timeoutMs = TIMEOUT_MS,
  ) {}

  async query<Row>(statement: string, parameters: unknown[]): Promise<Row[]> {
    const opening = (this.#opening ??= sideDataSource(this.dataSource, {
      poolSize: POOL_SIZE,
      kept: KEPT,
      timeoutMs: this.timeoutMs,
    }).initialize());
    let isOpen = false;
    try {
      const connections = await opening;
      isOpen = true;
      return await connections.query<Row[]>(statement, parameters);
    } catch (error) {
      // One that hangs would hang again: the next query begins with new ones. Of those that are lost the pool makes others.
      const isWell = isOpen && (isDataError(error) || isLostConnection(error));
      if (!isWell && this.#opening === opening) {
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

async function closed(opening: Promise<DataSource>): Promise<void> {
  try {
    await (await opening).destroy();
  } catch {
    // They were never there, or are gone already.
  }
}
