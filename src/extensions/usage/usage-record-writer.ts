import { Injectable, Logger, Optional } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { type CallContext } from '../../events/call-context.js';
import { BatchWriter } from '../batch-writer.js';
import { type UsageRecord } from '../usage-record.js';
import { type RecordKeeper } from './journal/journal-segment.js';
import { UsageJournal } from './usage-journal.js';
import { encodeUsageRecord, type UsageRecordLine } from './usage-record.codec.js';
import { UsageRecordRepository } from './usage-record.repository.js';

const OPTIONS = { what: 'usage records', where: 'the database', maxBatch: 1_000, maxWaiting: 100_000 };
/** With a journal, which has room for the others. */
const MAX_WAITING_BESIDE_JOURNAL = 20_000;
const RETRY_AFTER_SECONDS = 1;

/** Records that wait one after the other and have the same keeper. */
interface Run {
  readonly keeper: RecordKeeper | undefined;
  count: number;
}

/** Somebody who waits for a record to be stored. */
interface Waiter {
  /** How many records are stored by then, since the start. */
  readonly at: number;
  resolve(): void;
  reject(error: GatewayError): void;
}

/** Brings usage records to the database. Where there is a journal each is in that first, and told to it when it is stored. */
@Injectable()
export class UsageRecordWriter extends BatchWriter<UsageRecordLine> {
  private readonly journal: UsageJournal | undefined;
  /** In the order of what waits. */
  private readonly runs: Run[] = [];
  private waiters: Waiter[] = [];
  private pushed = 0;
  private stored = 0;

  constructor(
    private readonly repository: UsageRecordRepository,
    @Optional() journal?: UsageJournal,
  ) {
    const isKept = journal?.isOn === true;
    super(
      isKept ? { ...OPTIONS, maxWaiting: MAX_WAITING_BESIDE_JOURNAL } : OPTIONS,
      new Logger(UsageRecordWriter.name),
    );
    this.journal = isKept ? journal : undefined;
    if (isKept) journal.onBacklog = () => void this.flush();
  }

  /** Neither the journal nor the database takes records: nothing that costs something may be done. */
  get isClosed(): boolean {
    return this.isFailing && this.journal !== undefined && !this.journal.isWritable;
  }

  /**
   * @param call that the record is of
   * @returns what the last byte of the call's answer has to wait for: that its record is in the journal, or in the
   * database where that cannot be. Rejects, with `usage_store_unavailable`, where neither takes it.
   */
  add(record: UsageRecord, call?: CallContext): Promise<void> | undefined {
    // Encoded when they come: a line of text is one object to the garbage collector, a record a dozen, and those that
    // wait would be carried along by it.
    const { journal } = this;
    if (journal !== undefined) return this.addKept(journal, encodeUsageRecord(record), call);
    if (this.isFull) this.lose();
    else this.push(encodeUsageRecord(record));
    return undefined;
  }

  override async close(): Promise<void> {
    await this.journal?.written;
    await super.close();
    this.journal?.close();
  }

  protected override async write(batch: readonly UsageRecordLine[]): Promise<void> {
    try {
      await this.repository.insertAll(batch);
    } catch (error) {
      this.failWaiters(error);
      throw error;
    }
    if (this.journal !== undefined) this.settle(batch.length);
  }

  protected override refill(): boolean {
    const recalled = this.journal?.recall(OPTIONS.maxBatch);
    if (recalled === undefined) return false;
    this.note(recalled.keeper, recalled.lines.length);
    this.pushAll(recalled.lines);
    return true;
  }

  protected override tellUnwritten(count: number): void {
    if (this.journal === undefined) super.tellUnwritten(count);
    else this.logger.warn(`${count} usage records wait in the journal for the next start`);
  }

  private addKept(journal: UsageJournal, line: UsageRecordLine, call: CallContext | undefined): Promise<void> {
    // Not an async function, which would keep more for every call until the turn of the event loop ends.
    return journal.keep(line, call).then((segment) => {
      if (segment === undefined) return this.addAtOnce(line, journal.keeperOf(call));
      if (this.isFull) journal.spill(segment);
      else {
        this.note(segment, 1);
        this.push(line);
      }
      return undefined;
    });
  }

  private addAtOnce(line: UsageRecordLine, keeper: RecordKeeper | undefined): Promise<void> {
    // In memory whatever becomes of it: as long as this is refused no more calls are let in.
    this.note(keeper, 1);
    this.push(line);
    // It is tried again by and by: nobody is kept waiting for that.
    if (this.isFailing) return rejected(unavailable());
    const stored = new Promise<void>((resolve, reject) => this.waiters.push({ at: this.pushed, resolve, reject }));
    stored.catch(() => undefined);
    void this.flush();
    return stored;
  }

  private note(keeper: RecordKeeper | undefined, count: number): void {
    this.pushed += count;
    const last = this.runs.at(-1);
    if (last !== undefined && last.keeper === keeper) last.count += count;
    else this.runs.push({ keeper, count });
  }

  private settle(count: number): void {
    this.stored += count;
    for (let left = count; left > 0;) {
      const [run] = this.runs;
      if (run === undefined) break;
      const settled = Math.min(left, run.count);
      left -= settled;
      run.count -= settled;
      if (run.count === 0) this.runs.shift();
      run.keeper?.settled(settled);
    }
    const { stored, waiters } = this;
    if (waiters.length === 0) return;
    this.waiters = waiters.filter(({ at }) => at > stored);
    for (const { at, resolve } of waiters) if (at <= stored) resolve();
  }

  private failWaiters(cause: unknown): void {
    const { waiters } = this;
    this.waiters = [];
    for (const { reject } of waiters) reject(unavailable(cause));
  }
}

function unavailable(cause?: unknown): GatewayError {
  return new GatewayError('usage_store_unavailable', { retryAfter: RETRY_AFTER_SECONDS, cause });
}

/** Nobody may be listening. */
function rejected(error: GatewayError): Promise<void> {
  const promise = Promise.reject<void>(error);
  promise.catch(() => undefined);
  return promise;
}
