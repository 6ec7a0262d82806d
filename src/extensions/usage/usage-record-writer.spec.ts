import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { priceBook } from '../../../test/support/prices.js';
import { usageRecord } from '../../../test/support/usage-records.js';
import { GatewayEventBus } from '../../events/gateway-event-bus.js';
import { decodeUsageRecord, type UsageRecordLine } from './usage-record.codec.js';
import { type UsageRecord } from '../usage-record.js';
import { UsageJournal } from './usage-journal.js';
import { UsageRecordRepository } from './usage-record.repository.js';
import { UsageRecordWriter } from './usage-record-writer.js';

/** A repository that fails as long as it is told to, and can take its time. */
class TestRepository extends UsageRecordRepository {
  readonly batches: (readonly UsageRecord[])[] = [];
  calls = 0;
  isDown = false;
  /** What an insert waits for. */
  before: () => Promise<unknown> = () => Promise.resolve();

  async insertAll(lines: readonly UsageRecordLine[]): Promise<void> {
    this.calls++;
    await this.before();
    if (this.isDown) throw new Error('the database is down');
    this.batches.push(lines.map(decodeUsageRecord));
  }

  get records(): UsageRecord[] {
    return this.batches.flat();
  }
}

describe('UsageRecordWriter', () => {
  const logged: string[] = [];
  let repository: TestRepository;
  let writer: UsageRecordWriter;

  beforeEach(() => {
    logged.length = 0;
    Logger.overrideLogger({
      log: () => undefined,
      warn: (text: string) => logged.push(`warn: ${text}`),
      error: (text: string) => logged.push(`error: ${text}`),
    });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    repository = new TestRepository();
    writer = new UsageRecordWriter(repository);
  });
  afterEach(() => {
    vi.useRealTimers();
    Logger.overrideLogger(false);
  });

  const add = (count: number): UsageRecord[] =>
    Array.from({ length: count }, () => {
      const record = usageRecord();
      void writer.add(record);
      return record;
    });

  it('writes what came within a moment as one batch', async () => {
    const records = add(3);
    expect([writer.pending, repository.calls]).toEqual([3, 0]);
    await vi.advanceTimersByTimeAsync(200);
    expect(repository.batches).toEqual([records]);
    expect([writer.pending, vi.getTimerCount()]).toEqual([0, 0]);
  });

  it('goes on with what comes later', async () => {
    const first = add(1);
    await vi.advanceTimersByTimeAsync(200);
    const second = add(2);
    await vi.advanceTimersByTimeAsync(200);
    expect(repository.batches).toEqual([first, second]);
  });

  it('writes at once when a batch is full, and no batch is larger', async () => {
    const records = add(2_500);
    await writer.flush();
    expect(repository.batches.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
    expect(repository.records).toEqual(records);
  });

  it('writes what came while it was writing as a batch of its own, when its time has come', async () => {
    const late: UsageRecord[] = [];
    repository.before = () => {
      if (late.length < 3) late.push(...add(1));
      return Promise.resolve();
    };
    const early = add(1);
    await writer.flush();
    expect(repository.batches).toEqual([early]);
    late.push(...add(2));
    await vi.advanceTimersByTimeAsync(200);
    expect(repository.batches).toEqual([early, late]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([writer.pending, vi.getTimerCount()]).toEqual([0, 0]);
  });

  it('writes what came while it was writing at once where that fills a batch, or somebody asks', async () => {
    const late: UsageRecord[] = [];
    repository.before = async () => {
      repository.before = () => Promise.resolve();
      await Promise.resolve();
      late.push(...add(1_200));
    };
    const early = add(1);
    await writer.flush();
    expect(repository.batches).toEqual([early, late.slice(0, 1_000)]);
    await writer.flush();
    expect(repository.batches.at(-1)).toEqual(late.slice(1_000));
  });

  it('keeps everything while the database does not answer, asks ever more rarely, and then writes it in order', async () => {
    repository.isDown = true;
    const records = add(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(repository.calls).toBe(1);
    records.push(...add(2));
    for (const [index, pause] of [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000].entries()) {
      await vi.advanceTimersByTimeAsync(pause - 1);
      expect(repository.calls).toBe(index + 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(repository.calls).toBe(index + 2);
      expect(vi.getTimerCount()).toBe(1);
    }
    expect([writer.pending, repository.records.length]).toEqual([3, 0]);
    expect(logged.every((line) => line.startsWith('warn: '))).toBe(true);

    repository.isDown = false;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(repository.records).toEqual(records);

    // The next outage begins with short pauses again.
    repository.isDown = true;
    add(1);
    await vi.advanceTimersByTimeAsync(200);
    const { calls } = repository;
    await vi.advanceTimersByTimeAsync(250);
    expect(repository.calls).toBe(calls + 1);
  });

  it('asks no sooner because records came while an insert was failing', async () => {
    repository.isDown = true;
    repository.before = () => Promise.resolve(add(1));
    add(1);
    await vi.advanceTimersByTimeAsync(200);
    expect([repository.calls, vi.getTimerCount()]).toEqual([1, 1]);
    await vi.advanceTimersByTimeAsync(249);
    expect(repository.calls).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect([repository.calls, vi.getTimerCount()]).toEqual([2, 1]);
    await vi.advanceTimersByTimeAsync(499);
    expect(repository.calls).toBe(2);
  });

  it('does not hammer a database that is down with full batches', async () => {
    repository.isDown = true;
    add(1_000);
    await vi.advanceTimersByTimeAsync(0);
    expect(repository.calls).toBe(1);
    add(5_000);
    await vi.advanceTimersByTimeAsync(0);
    expect(repository.calls).toBe(1);
  });

  it('loses no more than it must, and says so', { timeout: 120_000 }, async () => {
    repository.isDown = true;
    add(100_002);
    expect(writer.pending).toBe(100_000);
    expect(logged.filter((line) => line.startsWith('error: '))).toEqual([
      'error: 1 usage records lost: the database has not taken any for too long',
    ]);
    repository.isDown = false;
    await writer.close();
    expect(repository.records).toHaveLength(100_000);
  });

  it('writes the rest when it closes', async () => {
    const records = add(3);
    await writer.close();
    expect(repository.records).toEqual(records);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits for a write under way when it closes', async () => {
    let goOn = (): void => undefined;
    repository.before = () => new Promise<void>((resolve) => (goOn = resolve));
    const records = add(2);
    void writer.flush();
    const closed = writer.close();
    goOn();
    await closed;
    expect(repository.records).toEqual(records);
  });

  it('tries a few times when it closes, and says what is lost', async () => {
    repository.isDown = true;
    add(3);
    const closing = writer.close();
    await vi.runAllTimersAsync();
    await closing;
    expect(repository.calls).toBe(3);
    expect(logged.at(-1)).toBe('error: 3 usage records could not be written');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('closes well when the last try does', async () => {
    repository.isDown = true;
    repository.before = () => {
      repository.isDown = repository.calls < 3;
      return Promise.resolve();
    };
    const records = add(3);
    const closing = writer.close();
    await vi.runAllTimersAsync();
    await closing;
    expect(repository.records).toEqual(records);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('UsageRecordWriter with a journal', () => {
  let root: string;
  let directory: string;
  let repository: TestRepository;
  let writer: UsageRecordWriter;
  let journal: UsageJournal;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'nestgate-journal-'));
    directory = join(root, 'journal');
    Logger.overrideLogger(false);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    repository = new TestRepository();
  });
  afterEach(async () => {
    const closing = writer.close();
    await vi.runAllTimersAsync();
    await closing;
    rmSync(root, { recursive: true, force: true });
    vi.useRealTimers();
  });

  function open(): void {
    journal = new UsageJournal(
      { journal: { directory, maxBytes: 64 * 1024 * 1024 } },
      priceBook(),
      new GatewayEventBus(),
    );
    writer = new UsageRecordWriter(repository, journal);
    journal.open();
  }

  const addOne = (): { record: UsageRecord; recording: Promise<void> | undefined } => {
    const record = usageRecord();
    return { record, recording: writer.add(record) };
  };

  /** Nothing can be written to the journal. */
  function breakJournal(): void {
    writeFileSync(directory, '');
    open();
  }

  it('keeps the answer waiting until its record is in the journal, and not for the database', async () => {
    open();
    const { record, recording } = addOne();
    await recording;
    expect(repository.records).toEqual([]);
    await writer.flush();
    expect(repository.records).toEqual([record]);
  });

  it('has no more than a part of it in memory, and stores all of it when it can, each once', async () => {
    open();
    repository.isDown = true;
    const all = Array.from({ length: 20_500 }, addOne);
    await all.at(-1)?.recording;
    const ids = all.map(({ record }) => record.requestId);
    expect([writer.pending, journal.spilled]).toEqual([20_000, 500]);
    await writer.flush();
    repository.isDown = false;
    await writer.flush();
    expect(new Set(repository.records.map(({ requestId }) => requestId))).toEqual(new Set(ids));
    expect([writer.pending, journal.spilled, writer.lost]).toEqual([0, 0, 0]);
    await writer.close();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('leaves to the next start what the database does not take before the end', async () => {
    open();
    repository.isDown = true;
    const { record, recording } = addOne();
    await recording;
    const closing = writer.close();
    await vi.runAllTimersAsync();
    await closing;
    repository.isDown = false;
    open();
    await writer.flush();
    expect(repository.records).toEqual([record]);
  });

  it('has an answer wait for its record where the journal cannot be written', async () => {
    breakJournal();
    let goOn = (): void => undefined;
    repository.before = () => new Promise<void>((resolve) => (goOn = resolve));
    const [first, second] = [addOne(), addOne()];
    let told = 0;
    for (const { recording } of [first, second]) void recording?.then(() => told++);
    await vi.advanceTimersByTimeAsync(0);
    expect([told, writer.isClosed]).toEqual([0, false]);
    for (let stored = 0; stored < 2; stored++) {
      goOn();
      await vi.advanceTimersByTimeAsync(0);
    }
    expect(told).toBe(2);
    expect(repository.records).toEqual([first.record, second.record]);
  });

  it('lets nothing go out where the database fails too, until one of them is well', async () => {
    breakJournal();
    repository.isDown = true;
    const { record, recording } = addOne();
    await expect(recording).rejects.toMatchObject({ code: 'usage_store_unavailable', status: 503 });
    expect(writer.isClosed).toBe(true);
    await expect(addOne().recording).rejects.toMatchObject({ code: 'usage_store_unavailable' });
    expect(repository.calls).toBe(1);

    rmSync(directory);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(writer.isClosed).toBe(false);
    await addOne().recording;

    // What was refused is on record all the same: the provider has billed it.
    repository.isDown = false;
    await writer.flush();
    expect(repository.records.map(({ requestId }) => requestId)).toContain(record.requestId);
    expect(repository.records).toHaveLength(3);
  });
});
