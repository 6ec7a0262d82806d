import { type EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type DataSource } from 'typeorm';
import { type Change, ChangeFeed } from '../auth/change-feed.js';
import { BoundedCache } from '../collections/bounded-cache.js';
import { parseJson } from '../protocol/json.js';
import { retryOnLostConnection } from './lost-connection.js';
import { quotedSchema, schemaOf } from './schema-name.js';
import { sideDataSource } from './side-data-source.js';

const CHANNEL = 'nestgate_change';
const POLL_MS = 10_000;
/** What is looked for again, in case the transaction that made it was that long. */
const OVERLAP_MS = 60_000;
const TIMEOUT_MS = 5_000;
const RECONNECT_MS = 1_000;
const MAX_SEEN = 10_000;

const KINDS: ReadonlySet<string> = new Set<Change['kind']>(['key', 'owner', 'routing']);

/** As node-postgres has one. */
interface Connection extends EventEmitter {
  query(statement: string): Promise<unknown>;
}

interface ChangeRow {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
}

/** Each with the time in Postgres; without a change where there are none. */
type FoundRow = { readonly now: number } & (ChangeRow | { readonly id: null });

/**
 * Changes of all gateways on one Postgres. It tells of them at once, by notifications on a connection of their own, which
 * is made again where it is lost; and every ten seconds there is a look for those that nobody was told of.
 */
export class PostgresChangeFeed extends ChangeFeed implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logger = new Logger('Changes');
  readonly #seen = new BoundedCache<true>(MAX_SEEN, { ttl: 2 * OVERLAP_MS });
  readonly #closing = new AbortController();
  readonly #table: string;
  #lookedAt = performance.now();
  /** What Postgres's clock is ahead of the one of this process that nobody sets; not known before the first look. */
  #ahead: number | undefined;
  #running: Promise<unknown> | undefined;
  #isHearing = true;

  /** @param pollMs milliseconds between two looks. */
  constructor(
    private readonly dataSource: DataSource,
    private readonly schema: string = schemaOf(dataSource),
    private readonly pollMs: number = POLL_MS,
  ) {
    super();
    this.#table = `${quotedSchema(schema)}.change`;
  }

  onApplicationBootstrap(): void {
    this.#running = Promise.all([this.#keepListening(), this.#keepLooking()]);
  }

  async onApplicationShutdown(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  override now(): number {
    return this.#ahead === undefined ? super.now() : performance.now() + this.#ahead;
  }

  get #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  async #keepListening(): Promise<void> {
    while (!this.#isClosing) {
      try {
        await this.#listen();
      } catch (error) {
        if (this.#isHearing && !this.#isClosing) {
          this.#logger.warn(
            `Changes are not told at once: Postgres's notifications are interrupted (${String(error)})`,
          );
        }
        this.#isHearing = false;
      }
      await this.#pause(RECONNECT_MS);
    }
  }

  /** Until the connection is lost. */
  async #listen(): Promise<void> {
    const side = await sideDataSource(this.dataSource, { poolSize: 1, timeoutMs: TIMEOUT_MS }).initialize();
    try {
      const connection = (await side.createQueryRunner().connect()) as Connection;
      const lost = new AbortController();
      const lose = (): void => lost.abort();
      connection.once('end', lose).once('error', lose);
      const awake = AbortSignal.any([this.#closing.signal, lost.signal]);
      connection.on('notification', ({ payload }: { payload?: string }) => this.#hear(payload ?? ''));
      await connection.query(`LISTEN ${CHANNEL}`);
      // What was changed while nobody listened.
      await this.#look();
      if (!this.#isHearing) this.#logger.log('Changes are told at once again');
      this.#isHearing = true;
      while (!this.#isClosing) {
        // Not a race with a promise of its end: what waits for that would become more with each look.
        await this.#pause(this.pollMs, awake);
        if (lost.signal.aborted && !this.#isClosing) throw new Error('the connection has ended');
        // One whose other end vanished without a word is noticed by this alone.
        await connection.query('SELECT 1');
      }
    } finally {
      await side.destroy().catch(() => undefined);
    }
  }

  async #keepLooking(): Promise<void> {
    let isWarned = false;
    for (;;) {
      await this.#pause(this.pollMs);
      if (this.#isClosing) return;
      try {
        await this.#look();
        isWarned = false;
      } catch (error) {
        if (!isWarned) this.#logger.warn(`Changes cannot be looked for: ${String(error)}`);
        isWarned = true;
      }
    }
  }

  /** For what was not told of. */
  async #look(): Promise<void> {
    const now = performance.now();
    const rows: FoundRow[] = await retryOnLostConnection(() =>
      this.dataSource.query(
        `WITH old AS (DELETE FROM ${this.#table} WHERE at < now() - interval '1 day')
         SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now, id, kind, subject
           FROM (SELECT) AS always LEFT JOIN ${this.#table} ON at > now() - $1 * interval '1 ms' ORDER BY id`,
        [now - this.#lookedAt + OVERLAP_MS],
      ),
    );
    this.#lookedAt = now;
    const [first] = rows;
    // It was read some time between then and now.
    if (first !== undefined) this.#ahead = first.now - (now + performance.now()) / 2;
    this.#tellNew(rows.filter((row) => row.id !== null));
  }

  #hear(payload: string): void {
    const message = parseJson(payload);
    if (!Array.isArray(message)) return;
    const [schema, id, kind, subject] = message as unknown[];
    if (schema === this.schema) this.#tellNew([{ id: String(id), kind: String(kind), subject: String(subject) }]);
  }

  #tellNew(rows: readonly ChangeRow[]): void {
    const changes: Change[] = [];
    for (const { id, kind, subject } of rows) {
      if (this.#seen.has(id)) continue;
      this.#seen.set(id, true);
      if (isKind(kind)) changes.push({ kind, subject });
    }
    if (changes.length > 0) this.tell(changes);
  }

  async #pause(ms: number, signal = this.#closing.signal): Promise<void> {
    await pause(ms, undefined, { signal }).catch(() => undefined);
  }
}

/** A newer version may have kinds that are not known here. */
function isKind(kind: string): kind is Change['kind'] {
  return KINDS.has(kind);
}
