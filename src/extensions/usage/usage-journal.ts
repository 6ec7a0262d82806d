import { appendFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { type AttemptTarget } from '../../events/attempt.js';
import { type CallContext } from '../../events/call-context.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../gateway.settings.js';
import { GatewayEventBus } from '../../events/gateway-event-bus.js';
import { PriceBook } from '../../pricing/price-book.js';
import { LeasesEnded } from '../leases-ended.event.js';
import { CallsUnderWay, type CallUnderWay } from './journal/calls-under-way.js';
import { dispatchedLine, progressLine } from './journal/dispatched-line.js';
import { JournalDirectory, segmentsIn } from './journal/journal-directory.js';
import { type Findings, recordsIn, recordsLeftIn } from './journal/journal-reader.js';
import { type JournalSegment, type RecordKeeper } from './journal/journal-segment.js';
import { JournalSpool } from './journal/journal-spool.js';
import { TurnLines } from './journal/turn-lines.js';
import { type UsageRecordLine } from './usage-record.codec.js';

const TICK_MS = 1_000;
const TICKS_BETWEEN_ADOPTIONS = 10;
const DAMAGED_FILE = 'damaged-lines';

/** The lease that a record names. Text that looks the same has its quotes escaped. */
const LEASE = /"lease":"([0-9a-f-]{36})"/;

/** Records that are read from files, and who keeps them until the database has them. */
interface Backlog {
  readonly lines: Generator<UsageRecordLine>;
  readonly keeper: RecordKeeper;
  /** All lines have been read. */
  finish(): void;
}

/** Records from files, to be stored like others. */
export interface RecalledRecords {
  readonly lines: readonly UsageRecordLine[];
  readonly keeper: RecordKeeper;
}

/**
 * Keeps what calls cost in files, from before they are sent to a provider until the database has their record: so that
 * it is not lost with the process, and need not wait in memory.
 */
@Injectable()
export class UsageJournal {
  /** Whether there is one. */
  readonly isOn: boolean;
  /** Records of other processes that were taken over. */
  replayed = 0;
  /** Told when there is something to recall. */
  onBacklog = (): void => undefined;
  private readonly logger = new Logger(UsageJournal.name);
  private readonly root: string;
  private readonly maxBytes: number;
  private readonly findings: Findings = {
    interrupted: 0,
    torn: 0,
    damaged: 0,
    unreadable: 0,
    setAside: (line) => this.setAside(line),
  };
  private readonly underWay = new CallsUnderWay();
  private readonly backlog: Backlog[] = [];
  private readonly lines = new TurnLines((text) => this.append(text));
  private directory: JournalDirectory | undefined;
  private spool: JournalSpool | undefined;
  private timer: NodeJS.Timeout | undefined;
  private ticks = 0;
  private toldTrouble: 'broken' | 'full' | undefined;

  constructor(
    @Inject(GATEWAY_SETTINGS) { journal }: Pick<GatewaySettings, 'journal'>,
    private readonly prices: PriceBook,
    private readonly bus: GatewayEventBus,
  ) {
    this.isOn = journal !== undefined;
    this.root = resolve(journal?.directory ?? '');
    this.maxBytes = journal?.maxBytes ?? 0;
  }

  /** Whether calls can be kept in it. */
  get isWritable(): boolean {
    const { spool } = this;
    return spool !== undefined && spool.trouble === undefined && !spool.isFull;
  }

  get bytes(): number {
    return this.spool?.bytes ?? 0;
  }

  /** Records that wait in it alone. */
  get spilled(): number {
    let sum = 0;
    for (const segment of this.spool?.segments ?? []) sum += segment.spilled;
    return sum;
  }

  get interrupted(): number {
    return this.findings.interrupted;
  }

  get damaged(): number {
    return this.findings.damaged + this.findings.torn + this.findings.unreadable;
  }

  /** Opens it, and takes over what dead processes have left. What stands in the way is no reason not to start. */
  open(): void {
    this.begin();
    this.adopt();
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.timer.unref();
  }

  /** What has come in this turn of the event loop, once it is written. */
  get written(): Promise<unknown> | undefined {
    return this.lines.written;
  }

  /**
   * A call is about to be sent to a deployment.
   * @returns where that stands, once it does; `undefined`, at once or later, where it cannot be written.
   */
  dispatched(call: CallContext, target: AttemptTarget): Promise<JournalSegment | undefined> | undefined {
    if (this.isWritable) {
      return this.lines.add(dispatchedLine(call, target), (segment) => {
        if (segment === undefined) this.tellTrouble();
        else this.underWay.note(call, target, segment);
      });
    }
    this.tellTrouble();
    return undefined;
  }

  /**
   * A call is over: its record is to be kept until the database has it.
   * @param call that the record is of, where it is under way here
   * @returns where it is kept, once it is; `undefined` where it could not be written.
   */
  keep(line: UsageRecordLine, call?: CallContext): Promise<JournalSegment | undefined> {
    return this.lines.add(`${line}\n`, (segment) => {
      if (segment === undefined) {
        this.tellTrouble();
        return;
      }
      segment.pending++;
      this.underWay.end(call)?.segment.closeOne();
    });
  }

  /** Keeps the line of a call whose record could not be written, until the database has that. */
  keeperOf(call?: CallContext): RecordKeeper | undefined {
    const known = this.underWay.end(call);
    return known && { settled: () => known.segment.closeOne() };
  }

  /** There is no room in memory for a record that is kept there: it is read again later. */
  spill(segment: JournalSegment): void {
    segment.pending--;
    segment.spilled++;
  }

  /** The next records that wait in files alone, at most so many; `undefined` where there are none. */
  recall(most: number): RecalledRecords | undefined {
    for (;;) {
      const next = this.backlog[0] ?? this.spilledSegment();
      if (next === undefined) return undefined;
      const lines: UsageRecordLine[] = [];
      while (lines.length < most) {
        const { done, value } = next.lines.next();
        if (done === true) {
          this.backlog.shift();
          next.finish();
          break;
        }
        lines.push(value);
      }
      if (lines.length > 0) return { lines, keeper: next.keeper };
    }
  }

  /** Ends it. What the database has not taken stays for who comes next. */
  close(): void {
    clearInterval(this.timer);
    this.lines.write();
    const isNeeded = this.spool?.close() === true || this.backlog.length > 0;
    this.spool = undefined;
    try {
      this.directory?.leave(isNeeded);
    } catch (error) {
      this.logger.warn(`The folder of the usage journal could not be tidied up (${String(error)})`);
    }
    this.directory = undefined;
  }

  private append(text: string): JournalSegment | undefined {
    const { spool } = this;
    // Calls under way may finish though it is full, but not for ever.
    return spool === undefined || spool.bytes >= this.maxBytes * 1.25 ? undefined : spool.append(text);
  }

  private begin(): void {
    try {
      this.directory = new JournalDirectory(this.root);
      this.spool = new JournalSpool(this.directory.own, this.maxBytes);
    } catch (error) {
      this.directory = undefined;
      this.spool = undefined;
      this.tellTrouble(error);
    }
  }

  private tick(): void {
    this.ticks++;
    if (this.directory === undefined || !this.directory.touch()) this.beginAnew();
    const { spool } = this;
    if (spool === undefined) return;
    if (spool.trouble !== undefined) spool.repair();
    if (this.isWritable && this.toldTrouble !== undefined) {
      this.toldTrouble = undefined;
      this.logger.log('The usage journal can be written again');
    }
    if (!this.isWritable) return;
    this.noteProgress(spool);
    if (spool.bytes > this.maxBytes / 2) this.carryOver(spool);
    if (this.ticks % TICKS_BETWEEN_ADOPTIONS === 0) this.adopt();
  }

  /** The folder was not there, or has been taken: calls under way are noted in another one. */
  private beginAnew(): void {
    const hadOne = this.directory !== undefined;
    this.spool?.close();
    this.begin();
    const { spool } = this;
    if (spool === undefined) return;
    if (hadOne) this.logger.error('The folder of the usage journal is gone: it begins anew');
    this.moveTo(spool, this.underWay.snapshot());
    this.adopt();
  }

  /** So that what a stream has brought counts, should this process end within it. */
  private noteProgress(spool: JournalSpool): void {
    let text = '';
    for (const { call } of this.underWay.snapshot()) if (call.textBytes > 0) text += progressLine(call);
    if (text !== '') spool.append(text);
  }

  /** Files that are there for the sake of a few long calls make room. */
  private carryOver(spool: JournalSpool): void {
    const last = [...spool.segments].at(-1);
    const calls = this.underWay
      .snapshot()
      .filter(({ segment }) => segment !== last && segment.pending === 0 && segment.spilled === 0);
    this.moveTo(spool, calls);
  }

  private moveTo(spool: JournalSpool, calls: readonly CallUnderWay[]): void {
    if (calls.length === 0) return;
    const segment = spool.append(calls.map(({ call, target }) => dispatchedLine(call, target)).join(''));
    if (segment === undefined) return;
    segment.open += calls.length;
    for (const moved of calls) {
      const before = moved.segment;
      moved.segment = segment;
      before.closeOne();
    }
  }

  private adopt(): void {
    for (const folder of this.directory?.adopt() ?? []) {
      this.logger.log(`Takes over the usage journal ${basename(folder)} of a process that is no more`);
      this.backlog.push(this.orphan(folder));
    }
    if (this.backlog.length > 0) this.onBacklog();
  }

  private orphan(folder: string): Backlog {
    const before = { ...this.findings };
    let pending = 0;
    let isRead = false;
    const leases = new Set<string>();
    const lines = recordsLeftIn(segmentsIn(folder), this.prices, this.findings);
    const removeWhenDone = (): void => {
      if (!isRead || pending > 0) return;
      if (leases.size > 0) this.bus.emit(new LeasesEnded([...leases]));
      this.discard(folder, this.findings.unreadable > before.unreadable);
    };
    return {
      lines: counted(lines, (line) => {
        pending++;
        this.replayed++;
        const [, lease] = LEASE.exec(line) ?? [];
        if (lease !== undefined) leases.add(lease);
      }),
      keeper: {
        settled: (count) => {
          pending -= count;
          removeWhenDone();
        },
      },
      finish: () => {
        isRead = true;
        this.tellFindings(folder, before);
        removeWhenDone();
      },
    };
  }

  private discard(folder: string, isUnreadable: boolean): void {
    try {
      if (isUnreadable) renameSync(folder, join(this.root, `unreadable-${basename(folder)}`));
      else rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      this.logger.warn(`A usage journal that is done with could not be removed (${String(error)})`);
    }
  }

  private tellFindings(folder: string, before: Findings): void {
    const { interrupted, torn, damaged, unreadable } = this.findings;
    const found = [
      [interrupted - before.interrupted, 'calls were under way, and are on record as aborted'],
      [torn - before.torn, 'lines were cut off, and are left out'],
      [damaged - before.damaged, `lines say nothing, and are kept in ${DAMAGED_FILE}`],
      [unreadable - before.unreadable, 'files could not be read to their end, and are kept'],
    ] as const;
    for (const [count, what] of found) {
      if (count > 0) this.logger.warn(`In the usage journal ${basename(folder)} ${count} ${what}`);
    }
  }

  /** A file of our own with records that memory had no room for. */
  private spilledSegment(): Backlog | undefined {
    const { spool } = this;
    for (const segment of spool?.segments ?? []) {
      if (segment.spilled === 0) continue;
      // What comes from now on goes to another file, since this one is read to its end.
      spool?.sealIf(segment);
      const backlog = {
        lines: counted(recordsIn([segment.path], this.findings), () => segment.pending++),
        keeper: segment,
        finish: () => segment.recalled(),
      };
      this.backlog.push(backlog);
      return backlog;
    }
    return undefined;
  }

  private setAside(line: string): void {
    try {
      appendFileSync(join(this.root, DAMAGED_FILE), `${line}\n`, { mode: 0o600 });
    } catch {
      // It is counted all the same.
    }
  }

  /** Once for each trouble. */
  private tellTrouble(cause: unknown = this.spool?.trouble): void {
    const trouble = this.spool?.isFull === true ? 'full' : 'broken';
    if (this.toldTrouble === trouble) return;
    this.toldTrouble = trouble;
    const what = trouble === 'full' ? 'is full' : `cannot be written (${String(cause)})`;
    this.logger.error(
      `The usage journal ${what}: records go to the database before their answers, or calls are refused`,
    );
  }
}

function* counted<Item>(items: Iterable<Item>, count: (item: Item) => void): Generator<Item> {
  for (const item of items) {
    count(item);
    yield item;
  }
}
