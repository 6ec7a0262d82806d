import { Injectable, Logger } from '@nestjs/common';
import { encodeUsageRecord, type UsageRecordLine } from './usage-record.codec.js';
import { type UsageRecord } from '../usage-record.js';
import { UsageRecordRepository } from './usage-record.repository.js';

const FLUSH_AFTER_MS = 200;
const MAX_BATCH = 1_000;
const MAX_WAITING = 100_000;
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 10_000;
const CLOSE_TRIES = 3;

/**
 * Brings usage records to the database in batches, off the way of the calls. While the database does not take them they
 * wait in memory, and are tried again.
 */
@Injectable()
export class UsageRecordWriter {
  private readonly logger = new Logger(UsageRecordWriter.name);
  // Encoded when they come: a line of text is one object to the garbage collector, a record a dozen, and those that wait
  // would be carried along by it.
  private waiting: UsageRecordLine[] = [];
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> | undefined;
  private failures = 0;
  private lost = 0;

  constructor(private readonly repository: UsageRecordRepository) {}

  /** Records that have not reached the database yet. */
  get pending(): number {
    return this.waiting.length;
  }

  add(record: UsageRecord): void {
    if (this.waiting.length >= MAX_WAITING) {
      this.lost++;
      if (this.lost === 1 || this.lost % 1_000 === 0) {
        this.logger.error(`${this.lost} usage records lost: the database has not taken any for too long`);
      }
      return;
    }
    this.waiting.push(encodeUsageRecord(record));
    if (this.waiting.length >= MAX_BATCH && this.failures === 0) void this.flush();
    else this.timer ??= this.flushLater(FLUSH_AFTER_MS);
  }

  /** Writes what waits, batch after batch, until nothing does or the database refuses. */
  flush(): Promise<void> {
    this.flushing ??= this.writeBatches().finally(() => {
      this.flushing = undefined;
    });
    return this.flushing;
  }

  /** Writes what is left, with a few tries; says so when records are lost. */
  async close(): Promise<void> {
    for (let tries = 1; this.waiting.length > 0; tries++) {
      await this.flush();
      clearTimeout(this.timer);
      if (this.waiting.length === 0 || tries === CLOSE_TRIES) break;
      await new Promise((resolve) => setTimeout(resolve, FIRST_RETRY_MS * 2 ** tries));
    }
    if (this.waiting.length > 0) this.logger.error(`${this.waiting.length} usage records could not be written`);
  }

  private async writeBatches(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    while (this.waiting.length > 0) {
      const batch = this.waiting.slice(0, MAX_BATCH);
      try {
        await this.repository.insertAll(batch);
      } catch (error) {
        this.failures++;
        const pause = Math.min(FIRST_RETRY_MS * 2 ** (this.failures - 1), MAX_RETRY_MS);
        this.logger.warn(
          `${this.waiting.length} usage records wait: the database does not take them (${String(error)})`,
        );
        // A record that came meanwhile has set a shorter one.
        clearTimeout(this.timer);
        this.timer = this.flushLater(pause);
        return;
      }
      if (this.failures > 0) this.logger.log('The database takes usage records again');
      this.failures = 0;
      this.waiting = this.waiting.slice(batch.length);
    }
  }

  private flushLater(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => {
      // Also where a flush is under way already: it ends on its own time, and what comes after it needs another timer.
      this.timer = undefined;
      void this.flush();
    }, milliseconds);
  }
}
