import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { callContext } from '../../../test/support/calls.js';
import { priceBook } from '../../../test/support/prices.js';
import { usageRecord } from '../../../test/support/usage-records.js';
import { type AttemptTarget } from '../../events/attempt.js';
import { type CallContext } from '../../events/call-context.js';
import { SPEECH } from '../../events/operation.js';
import { GatewayEventBus } from '../../events/gateway-event-bus.js';
import { JsonBody } from '../../protocol/json-body.js';
import { NO_TOKENS } from '../../protocol/token-usage.js';
import { LeasesEnded } from '../leases-ended.event.js';
import { type UsageRecord } from '../usage-record.js';
import { UsageJournal } from './usage-journal.js';
import { decodeUsageRecord, encodeUsageRecord } from './usage-record.codec.js';

const MEBIBYTE = 1024 * 1024;
const PRICES = priceBook({ prices: [{ model: 'm', input: '3', output: '11' }] });
const TARGET: AttemptTarget = { id: 'p/m', providerName: 'p', model: 'm', upstreamModel: 'm-2' };

let bus: GatewayEventBus;
let root: string;
let journals: UsageJournal[];
const logged: string[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nestgate-journal-'));
  bus = new GatewayEventBus();
  journals = [];
  logged.length = 0;
  const note = (text: string): void => void logged.push(text);
  Logger.overrideLogger({ log: note, warn: note, error: note });
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});

afterEach(() => {
  for (const journal of journals) journal.close();
  rmSync(root, { recursive: true, force: true });
  Logger.overrideLogger(false);
  vi.useRealTimers();
});

function openJournal(maxBytes = 64 * MEBIBYTE, directory = root): UsageJournal {
  const journal = new UsageJournal({ journal: { directory, maxBytes } }, PRICES, bus);
  journals.push(journal);
  journal.open();
  return journal;
}

const bodyOf = (characters: number): JsonBody => JsonBody.of({ text: 'x'.repeat(characters) });

/** The lines of all journals in the folder. */
function lines(): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.journal'))
    .sort()
    .flatMap((name) => readFileSync(join(root, name), 'utf8').split('\n'))
    .filter((line) => line !== '');
}

/** Keeps the record of a call that is over. */
async function keep(journal: UsageJournal, call: CallContext): Promise<UsageRecord> {
  const record = usageRecord({ requestId: call.requestId });
  expect(await journal.keep(encodeUsageRecord(record), call)).toBeDefined();
  return record;
}

/** All that is to be stored of what others have left, and that it is. */
function recallAll(journal: UsageJournal): UsageRecord[] {
  const records: UsageRecord[] = [];
  for (let some = journal.recall(2); some !== undefined; some = journal.recall(2)) {
    records.push(...some.lines.map(decodeUsageRecord));
    some.keeper.settled(some.lines.length);
  }
  return records;
}

/** As after the end of a process: in this one its folder would be another's for ever. */
function die(journal: UsageJournal): void {
  journal.close();
}

describe('a journal', () => {
  it('has a call in its files before it is sent, and its record before it is answered', async () => {
    const journal = openJournal();
    const call = callContext();
    expect(await journal.dispatched(call, TARGET)).toBeDefined();
    expect(lines()).toEqual([expect.stringMatching(`^d.*${call.requestId}`)]);
    const record = await keep(journal, call);
    expect(lines()[1]).toBe(encodeUsageRecord(record));
  });

  it('writes what comes in one turn of the event loop together, and tells all of them where it is', async () => {
    const journal = openJournal();
    const over = callContext();
    await journal.dispatched(over, TARGET);
    const written = [
      journal.dispatched(callContext(), TARGET),
      journal.keep(encodeUsageRecord(usageRecord()), over),
      journal.dispatched(callContext(), TARGET),
    ];
    expect(lines()).toHaveLength(1);
    const segment = await written[0];
    expect(lines()).toHaveLength(4);
    expect([segment?.open, segment?.pending]).toEqual([2, 1]);
    for (const one of written) expect(await one).toBe(segment);
  });

  it('writes what has just come before it closes', async () => {
    const journal = openJournal();
    const call = callContext();
    const noted = journal.dispatched(call, TARGET);
    die(journal);
    expect(await noted).toBeDefined();
    expect(recallAll(openJournal())).toMatchObject([{ requestId: call.requestId, status: 'aborted' }]);
  });

  it('leaves nothing behind when the database has everything', async () => {
    const journal = openJournal();
    const call = callContext();
    await journal.dispatched(call, TARGET);
    (await journal.keep(encodeUsageRecord(usageRecord()), call))?.settled(1);
    die(journal);
    expect(readdirSync(root)).toEqual([]);
  });

  it('gives the records that another has left, and those calls as aborted that were under way', async () => {
    const dead = openJournal();
    const [over, open] = [
      callContext(),
      callContext({
        principal: {
          keyId: 'abc',
          keyName: 'a "key"',
          allowedModels: null,
          settings: { team: 'search', organization: 'acme' },
        },
        body: bodyOf(400),
        endUser: 'somebody “odd”',
        tag: 'nightly',
        requestModel: 'm\n',
        streaming: true,
      }),
    ];
    open.charges = [];
    open.leaseDraw = { lease: '0199d5a6-0000-7000-8000-000000000000', settle: () => 0n };
    for (const call of [over, open]) await dead.dispatched(call, TARGET);
    const record = await keep(dead, over);
    open.textBytes = 41;
    vi.advanceTimersByTime(1_000);
    die(dead);

    const journal = openJournal();
    const input = Math.ceil(open.body.size / 4);
    const cost = BigInt(input) * 3_000_000n + 11n * 11_000_000n;
    expect(recallAll(journal)).toEqual([
      record,
      {
        requestId: open.requestId,
        startedAt: new Date(open.startedAt),
        durationMs: 0,
        firstChunkMs: null,
        operation: 'chat',
        streaming: true,
        keyId: 'abc',
        keyName: 'a "key"',
        team: 'search',
        organization: 'acme',
        endUser: 'somebody “odd”',
        tag: 'nightly',
        requestModel: 'm\n',
        model: 'm',
        provider: 'p',
        upstreamModel: 'm-2',
        answeredBy: null,
        status: 'aborted',
        httpStatus: 499,
        errorCode: 'gateway_interrupted',
        grade: 'estimated',
        tokens: { ...NO_TOKENS, inputUncached: input, output: 11 },
        units: null,
        cost,
        priceVersion: expect.any(String) as string,
        failedAttemptsCost: 0n,
        attempts: [{ deployment: 'p/m', status: null, error: 'gateway_interrupted', durationMs: 0 }],
        charges: [],
        lease: '0199d5a6-0000-7000-8000-000000000000',
        leased: cost,
      },
    ]);
    expect([journal.replayed, journal.interrupted]).toEqual([2, 1]);
    die(journal);
    expect(readdirSync(root)).toEqual([]);
  });

  it('counts what is billed beside tokens', async () => {
    const dead = openJournal();
    await dead.dispatched(callContext({ operation: SPEECH, request: { input: 'x'.repeat(10) } }), TARGET);
    die(dead);
    expect(recallAll(openJournal())).toMatchObject([{ units: { characters: 10 }, tokens: { outputAudio: 14 } }]);
  });

  it('knows the last deployment that a call went to', async () => {
    const dead = openJournal();
    const call = callContext();
    await dead.dispatched(call, TARGET);
    await dead.dispatched(call, { ...TARGET, id: 'q/m', providerName: 'q' });
    die(dead);
    expect(recallAll(openJournal())).toMatchObject([{ provider: 'q', attempts: [{ deployment: 'q/m' }] }]);
  });

  it('leaves alone what a process that lives writes to', async () => {
    const living = openJournal();
    await keep(living, callContext());
    expect(openJournal().recall(10)).toBeUndefined();
  });

  it('is taken over once, with what it had taken over itself', async () => {
    const dead = openJournal();
    const records = [await keep(dead, callContext())];
    die(dead);
    const next = openJournal();
    records.push(await keep(next, callContext()));
    // It dies before the database has anything.
    die(next);
    const last = openJournal();
    const rival = openJournal();
    const byId = (a: UsageRecord, b: UsageRecord): number => a.requestId.localeCompare(b.requestId);
    expect([...recallAll(last), ...recallAll(rival)].sort(byId)).toEqual(records.sort(byId));
  });

  it('keeps what it has taken over until all of it is stored', async () => {
    const dead = openJournal();
    for (let calls = 0; calls < 3; calls++) await keep(dead, callContext());
    die(dead);
    const journal = openJournal();
    const first = journal.recall(2);
    const second = journal.recall(2);
    first?.keeper.settled(2);
    expect(journal.recall(2)).toBeUndefined();
    expect(lines()).toHaveLength(3);
    second?.keeper.settled(1);
    expect(lines()).toEqual([]);
  });

  it('tells which leases have ended, once what was drawn from them is stored', async () => {
    const ended: (readonly string[])[] = [];
    bus.on(LeasesEnded, ({ leases }) => ended.push(leases));
    const [first, second] = ['0199d5a6-0000-7000-8000-00000000000a', '0199d5a6-0000-7000-8000-00000000000b'];
    const dead = openJournal();
    const open = callContext();
    open.leaseDraw = { lease: first, settle: () => 0n };
    await dead.dispatched(open, TARGET);
    for (const lease of [second, second]) {
      const record = usageRecord({ requestId: crypto.randomUUID(), lease, leased: 1n, endUser: `"lease":"${first}"` });
      await dead.keep(encodeUsageRecord(record));
    }
    die(dead);
    const journal = openJournal();
    const some = journal.recall(2);
    const rest = journal.recall(2);
    expect(journal.recall(2)).toBeUndefined();
    some?.keeper.settled(2);
    expect(ended).toEqual([]);
    rest?.keeper.settled(1);
    expect(ended.map((leases) => leases.toSorted())).toEqual([[first, second]]);
  });

  it('reads past what is damaged, keeps that aside, and leaves out what was cut off', async () => {
    const dead = openJournal();
    const record = await keep(dead, callContext());
    die(dead);
    const [owner = ''] = readdirSync(root);
    const file = join(root, owner, '000000001.journal');
    appendFileSync(file, 'what is this\n{"requestId":7}\np{"requestId":"unknown","textBytes":1}\n\n{"requestId":"torn');
    writeFileSync(join(root, owner, '000000002.journal'), Buffer.from([0xff, 0, 0x0a]));
    const journal = openJournal();
    expect(recallAll(journal)).toEqual([record]);
    expect(journal.damaged).toBe(4);
    expect(readFileSync(join(root, 'damaged-lines'), 'utf8')).toMatch(/^what is this\n\{"requestId":7\}\n/);
    expect(logged).toEqual(
      expect.arrayContaining([
        expect.stringContaining('1 lines were cut off'),
        expect.stringContaining('3 lines say nothing'),
      ]),
    );
  });
});

describe('the size of a journal', () => {
  it('stays small while the database takes records, also with calls that last', async () => {
    const journal = openJournal(MEBIBYTE);
    const long: string[] = [];
    for (let calls = 0; calls < 5_000; calls++) {
      const call = callContext();
      expect(await journal.dispatched(call, TARGET)).toBeDefined();
      if (calls % 100 === 0) {
        // One in each file, and more of them than there is room for files.
        long.push(call.requestId);
        vi.advanceTimersByTime(1_000);
      } else {
        (await journal.keep(encodeUsageRecord(usageRecord()), call))?.settled(1);
      }
    }
    expect(journal.bytes).toBeLessThan(MEBIBYTE);
    die(journal);
    expect(recallAll(openJournal()).map(({ requestId }) => requestId)).toEqual(expect.arrayContaining(long));
  });

  it('has a limit, at which it takes no more calls, and says so once', async () => {
    const journal = openJournal(64 * 1024);
    const segments = [];
    while (journal.isWritable) segments.push(await journal.keep(encodeUsageRecord(usageRecord())));
    expect([journal.dispatched(callContext(), TARGET), journal.dispatched(callContext(), TARGET)]).toEqual([
      undefined,
      undefined,
    ]);
    expect(logged).toEqual([expect.stringContaining('is full')]);
    // Those under way may still finish, up to a point.
    let kept = 0;
    while ((await journal.keep(encodeUsageRecord(usageRecord()))) !== undefined) kept++;
    expect(kept).toBeGreaterThan(5);
    expect(journal.bytes).toBeLessThan(2 * 64 * 1024);

    for (const segment of segments) segment?.settled(1);
    vi.advanceTimersByTime(1_000);
    expect(await journal.dispatched(callContext(), TARGET)).toBeDefined();
    expect(logged.at(-1)).toContain('can be written again');
  });
});

describe('records that memory has no room for', () => {
  it('are read again, and their file is kept until they are stored', async () => {
    const journal = openJournal();
    const records = [1, 2, 3].map(() => usageRecord());
    for (const record of records) {
      const segment = await journal.keep(encodeUsageRecord(record));
      if (segment !== undefined) journal.spill(segment);
    }
    expect(journal.spilled).toBe(3);
    const recalled = journal.recall(10);
    expect(recalled?.lines.map(decodeUsageRecord)).toEqual(records);
    expect(journal.recall(10)).toBeUndefined();
    expect([journal.spilled, lines().length]).toEqual([0, 3]);
    recalled?.keeper.settled(3);
    expect(lines()).toEqual([]);
  });
});

describe('a journal that cannot be written', () => {
  it('says so once, and is well again when it can be', async () => {
    const folder = join(root, 'taken');
    writeFileSync(folder, '');
    const journal = openJournal(MEBIBYTE, folder);
    expect([journal.isWritable, journal.dispatched(callContext(), TARGET)]).toEqual([false, undefined]);
    expect(await journal.keep('{}')).toBeUndefined();
    expect(logged).toEqual([expect.stringContaining('cannot be written')]);
    rmSync(folder);
    vi.advanceTimersByTime(1_000);
    expect(await journal.dispatched(callContext(), TARGET)).toBeDefined();
    expect(logged.at(-1)).toContain('can be written again');
  });

  it('begins anew with the calls under way where its folder has vanished', async () => {
    const journal = openJournal();
    const call = callContext();
    await journal.dispatched(call, TARGET);
    const [owner = ''] = readdirSync(root);
    rmSync(join(root, owner), { recursive: true });
    vi.advanceTimersByTime(1_000);
    expect(lines()).toEqual([expect.stringContaining(call.requestId)]);
    expect(logged).toEqual([expect.stringContaining('is gone')]);
  });
});
