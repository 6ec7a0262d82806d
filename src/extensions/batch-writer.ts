import { Logger } from '@nestjs/common';

const FLUSH_AFTER_MS = 200;
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 10_000;
const CLOSE_TRIES = 3;

export interface BatchWriterOptions {
  /** What it writes, for the log: `usage records`. */
  readonly what: string;
  /** What takes them, for the log: `the database`. */
  readonly where: string;
  readonly maxBatch: number;
  /** How many may wait. */
  readonly maxWaiting: number;
}

/**
 * Brings what calls leave behind to where it is kept, in batches, off the way of the calls. While that does not take
 * them they wait in memory, up to a number, and are tried again.
 */
export abstract class BatchWriter<Item> {
  private waiting: Item[] = [];
  /** How many of them are to be written now, and not when their time has come or a batch is full. */
  private due = 0;
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> | undefined;
  private failures = 0;
  private writtenCount = 0;
  private lostCount = 0;

  constructor(
    private readonly options: BatchWriterOptions,
    protected readonly logger: Logger,
  ) {}

  /** Those that have not been written yet. */
  get pending(): number {
    return this.waiting.length;
  }

  get written(): number {
    return this.writtenCount;
  }

  get lost(): number {
    return this.lostCount;
  }

  /** Writes what waits, batch after batch, until it is written or refused. */
  flush(): Promise<void> {
    this.due = this.waiting.length;
    return this.begin();
  }

  /** Writes what is left, with a few tries; says so when some are lost. */
  async close(): Promise<void> {
    for (let tries = 1; this.waiting.length > 0; tries++) {
      await this.flush();
      clearTimeout(this.timer);
      if (this.waiting.length === 0 || tries === CLOSE_TRIES) break;
      await new Promise((resolve) => setTimeout(resolve, FIRST_RETRY_MS * 2 ** tries));
    }
    if (this.waiting.length > 0) this.tellUnwritten(this.waiting.length);
  }

  protected tellUnwritten(count: number): void {
    this.logger.error(`${count} ${this.options.what} could not be written`);
  }

  /** All of them or none. */
  protected abstract write(batch: readonly Item[]): Promise<void>;

  /** Whether the last batch was refused. */
  get isFailing(): boolean {
    return this.failures > 0;
  }

  /** Brings more that waits elsewhere, where less than a batch waits here. @returns whether there was any. */
  protected refill(): boolean {
    return false;
  }

  protected get isFull(): boolean {
    return this.waiting.length >= this.options.maxWaiting;
  }

  protected push(item: Item): void {
    this.waiting.push(item);
    if (this.waiting.length >= this.options.maxBatch && this.failures === 0) void this.begin();
    else this.timer ??= this.flushLater(FLUSH_AFTER_MS);
  }

  /** Has them written with the batches under way. */
  protected pushAll(items: readonly Item[]): void {
    for (const item of items) this.waiting.push(item);
  }

  protected lose(): void {
    const lost = ++this.lostCount;
    if (lost !== 1 && lost % 1_000 !== 0) return;
    this.logger.error(`${lost} ${this.options.what} lost: ${this.options.where} has not taken any for too long`);
  }

  private begin(): Promise<void> {
    this.flushing ??= this.writeBatches().finally(() => {
      this.flushing = undefined;
    });
    return this.flushing;
  }

  private async writeBatches(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { what, where, maxBatch } = this.options;
    while (this.hasBatch()) {
      const batch = this.waiting.slice(0, maxBatch);
      try {
        await this.write(batch);
      } catch (error) {
        this.failures++;
        const pause = Math.min(FIRST_RETRY_MS * 2 ** (this.failures - 1), MAX_RETRY_MS);
        this.logger.warn(`${this.waiting.length} ${what} wait: ${where} does not take them (${String(error)})`);
        // What came meanwhile has set a shorter one.
        clearTimeout(this.timer);
        this.timer = this.flushLater(pause);
        return;
      }
      if (this.failures > 0) this.logger.log(`${capitalised(where)} takes ${what} again`);
      this.failures = 0;
      this.writtenCount += batch.length;
      this.waiting = this.waiting.slice(batch.length);
      this.due -= batch.length;
    }
    // What has come meanwhile waits for others like it: batch upon batch of a few keeps the database busy for little.
    if (this.waiting.length > 0) this.timer ??= this.flushLater(FLUSH_AFTER_MS);
  }

  private hasBatch(): boolean {
    const { maxBatch } = this.options;
    if (this.waiting.length < maxBatch && this.refill()) this.due = this.waiting.length;
    return this.due > 0 || this.waiting.length >= maxBatch;
  }

  private flushLater(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => {
      // Also where a flush is under way already: it ends on its own time, and what comes after it needs another timer.
      this.timer = undefined;
      void this.flush();
    }, milliseconds);
  }
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
