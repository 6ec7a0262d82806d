import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { type DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BudgetCharge } from '../../src/events/budget-charge.js';
import { type BudgetLedger, type BudgetRequest, type LeaseRequest } from '../../src/extensions/budget/budget-ledger.js';
import { MemoryBudgetLedger } from '../../src/extensions/budget/memory-budget-ledger.js';
import { MemoryUsageRecordRepository } from '../../src/extensions/usage/memory-usage-record.repository.js';
import { encodeUsageRecord } from '../../src/extensions/usage/usage-record.codec.js';
import { type UsageRecordRepository } from '../../src/extensions/usage/usage-record.repository.js';
import { TypeOrmBudgetLedger } from '../../src/persistence/repositories/typeorm-budget-ledger.js';
import { TypeOrmUsageRecordRepository } from '../../src/persistence/repositories/typeorm-usage-record.repository.js';
import { budgetCharge, budgetRequest } from '../support/budgets.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { usageRecord } from '../support/usage-records.js';

/** Longer than any test. */
const LONG_MS = 600_000;

let database: TestDatabase;
let closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  database = await testDatabase();
});

afterAll(async () => {
  for (const close of closing) await close();
  closing = [];
  await database.drop();
});

interface Kept {
  readonly ledger: BudgetLedger;
  readonly records: UsageRecordRepository;
}

/** Other tests may keep the machine busy. */
const patient = (dataSource: DataSource): TypeOrmBudgetLedger => new TypeOrmBudgetLedger(dataSource, undefined, 20_000);

async function inPostgres(): Promise<{ ledger: TypeOrmBudgetLedger; records: TypeOrmUsageRecordRepository }> {
  const dataSource = await database.open({ poolSize: 4 });
  await database.sql(
    `TRUNCATE nestgate.budget_account, nestgate.budget_owner, nestgate.budget_reservation, nestgate.budget_alert`,
  );
  const ledger = patient(dataSource);
  closing.push(() => ledger.onApplicationShutdown());
  return { ledger, records: new TypeOrmUsageRecordRepository(dataSource) };
}

const LEDGERS: [name: string, open: () => Promise<Kept>][] = [
  [
    'in memory',
    () => {
      const ledger = new MemoryBudgetLedger();
      return Promise.resolve({ ledger, records: new MemoryUsageRecordRepository(ledger) });
    },
  ],
  ['in Postgres', inPostgres],
];

describe.each(LEDGERS)('a ledger %s', (_name, open) => {
  const owner = randomUUID();
  let ledger: BudgetLedger;
  let records: UsageRecordRepository;

  beforeEach(async () => {
    ({ ledger, records } = await open());
  });

  async function store(request: BudgetRequest, cost: bigint | null, startedAt = new Date()): Promise<void> {
    const { requestId, charges } = request;
    await records.insertAll([encodeUsageRecord(usageRecord({ requestId, cost, charges, startedAt }))]);
  }

  async function account(budget = 'keys', subject = 'test') {
    const [state] = await ledger.states({ budget, subject });
    return state === undefined ? undefined : { spent: state.spent, reserved: state.reserved, left: state.left };
  }

  it('sets aside what there is room for, to the last unit', async () => {
    const answers = await ledger.reserve(owner, [budgetRequest(60n), budgetRequest(41n), budgetRequest(40n)]);
    expect(answers.map((answer) => answer === undefined)).toEqual([true, false, true]);
    expect(await account()).toEqual({ spent: 0n, reserved: 100n, left: 0n });
    expect(answers[1]).toMatchObject({ charge: budgetCharge(), windowEnd: null, secondsLeft: null });
  });

  it('takes from all accounts or from none', async () => {
    const team = budgetCharge({ budget: 'teams', kind: 'team', subject: 'search', limit: '10' });
    const [answer] = await ledger.reserve(owner, [budgetRequest(11n, [budgetCharge(), team])]);
    expect(answer?.charge.budget).toBe('teams');
    expect(await account()).toEqual({ spent: 0n, reserved: 0n, left: 100n });
  });

  it('keeps accounts of different subjects apart', async () => {
    await ledger.reserve(owner, [budgetRequest(100n), budgetRequest(30n, [budgetCharge({ subject: 'other' })])]);
    expect(await account('keys', 'test')).toMatchObject({ reserved: 100n });
    expect(await account('keys', 'other')).toMatchObject({ reserved: 30n });
  });

  it('knows amounts beyond 2^63', async () => {
    const limit = '90000000000000000000000';
    const [answer] = await ledger.reserve(owner, [
      budgetRequest(BigInt(limit), [budgetCharge({ limit })]),
      budgetRequest(1n, [budgetCharge({ limit })]),
    ]);
    expect(answer).toBeUndefined();
    expect(await account()).toEqual({ spent: 0n, reserved: BigInt(limit), left: 0n });
  });

  it('spends the cost and frees the rest when the record is stored, once', async () => {
    const request = budgetRequest(60n);
    await ledger.reserve(owner, [request]);
    await store(request, 25n);
    await store(request, 25n);
    expect(await account()).toEqual({ spent: 25n, reserved: 0n, left: 75n });
  });

  it('frees everything where no price is known, and goes below nothing where it cost more', async () => {
    const [unknown, dear] = [budgetRequest(10n), budgetRequest(20n)];
    await ledger.reserve(owner, [unknown, dear]);
    await store(unknown, null);
    await store(dear, 130n);
    expect(await account()).toEqual({ spent: 130n, reserved: 0n, left: -30n });
    const [answer] = await ledger.reserve(owner, [budgetRequest(0n)]);
    expect(answer).toBeDefined();
  });

  it('charges what nothing was set aside for', async () => {
    await store(budgetRequest(0n, [budgetCharge({ hard: false })]), 250n);
    expect(await account()).toEqual({ spent: 250n, reserved: 0n, left: -150n });
  });

  it('charges soft accounts beside hard ones', async () => {
    const soft = budgetCharge({ budget: 'soft', hard: false });
    const request = budgetRequest(60n);
    await ledger.reserve(owner, [request]);
    await store({ ...request, charges: [budgetCharge(), soft] }, 25n);
    expect(await account()).toMatchObject({ spent: 25n, reserved: 0n });
    expect(await account('soft')).toMatchObject({ spent: 25n, reserved: 0n });
  });

  it('sets aside once what is asked for twice', async () => {
    const request = budgetRequest(60n);
    const answers = [await ledger.reserve(owner, [request]), await ledger.reserve(owner, [request])];
    expect(answers).toEqual([[undefined], [undefined]]);
    expect(await account()).toMatchObject({ reserved: 60n });
  });

  it('frees what is released, once', async () => {
    const [request, other] = [budgetRequest(60n), budgetRequest(30n)];
    await ledger.reserve(owner, [request, other]);
    await ledger.release([request.requestId, randomUUID()]);
    await ledger.release([request.requestId]);
    expect(await account()).toEqual({ spent: 0n, reserved: 30n, left: 70n });
  });

  it('cancels what has come and what is still to come', async () => {
    const [early, late] = [budgetRequest(60n), budgetRequest(30n)];
    await ledger.reserve(owner, [early]);
    await ledger.cancel(owner, [early.requestId, late.requestId]);
    await ledger.reserve(owner, [late]);
    expect(await account()).toMatchObject({ spent: 0n, reserved: 0n });
  });

  it('charges what silent owners had set aside, and corrects that by the record', async () => {
    const [lost, found, own] = [budgetRequest(30n), budgetRequest(20n), budgetRequest(10n)];
    await ledger.reserve(randomUUID(), [lost, found]);
    await expect.poll(() => ledger.sweep(1), { timeout: 5_000 }).toBe(2);
    await ledger.reserve(owner, [own]);
    expect(await ledger.sweep(LONG_MS)).toBe(0);
    expect(await account()).toEqual({ spent: 50n, reserved: 10n, left: 40n });
    await store(found, 5n);
    expect(await account()).toEqual({ spent: 35n, reserved: 10n, left: 55n });
  });

  it('leaves those alone who give signs of life', async () => {
    await ledger.reserve(owner, [budgetRequest(30n)]);
    await ledger.beat(owner);
    expect(await ledger.sweep(LONG_MS)).toBe(0);
    expect(await account()).toMatchObject({ reserved: 30n });
  });

  const lease = (changes: Partial<LeaseRequest> = {}): LeaseRequest => ({
    id: randomUUID(),
    charges: [budgetCharge({ limit: '1000' })],
    piece: 10n,
    most: 8,
    least: 2,
    share: 4,
    ...changes,
  });

  async function storeLeased(id: string, cost: bigint | null, leased: bigint, charges?: BudgetCharge[]): Promise<void> {
    await records.insertAll([
      encodeUsageRecord(usageRecord({ requestId: randomUUID(), cost, lease: id, leased, charges })),
    ]);
  }

  it('leases whole pieces of a part of what is left, up to a number', async () => {
    expect(await ledger.lease(owner, lease({ most: 3 }))).toEqual({ amount: 30n, secondsLeft: null });
    // 970 are left; of these a fourth has room for 24 pieces.
    expect(await ledger.lease(owner, lease({ most: 100 }))).toMatchObject({ amount: 240n });
    expect(await account()).toEqual({ spent: 0n, reserved: 270n, left: 730n });
  });

  it('leases as much as the account with the least room has room for, or nothing', async () => {
    const charges = [budgetCharge({ limit: '1000' }), budgetCharge({ budget: 'teams', subject: 'a', limit: '99' })];
    expect(await ledger.lease(owner, lease({ charges }))).toMatchObject({ amount: 20n });
    expect(await ledger.lease(owner, lease({ charges }))).toBeUndefined();
    expect(await account()).toMatchObject({ reserved: 20n });
    expect(await account('teams', 'a')).toMatchObject({ reserved: 20n });
  });

  it('leases once what is asked for twice, and nothing that was cancelled', async () => {
    const [request, cancelled] = [lease(), lease()];
    const twice = [await ledger.lease(owner, request), await ledger.lease(owner, { ...request, most: 100 })];
    expect(twice).toMatchObject([{ amount: 80n }, { amount: 80n }]);
    await ledger.cancel(owner, [cancelled.id]);
    expect(await ledger.lease(owner, cancelled)).toBeUndefined();
    expect(await account()).toMatchObject({ reserved: 80n });
    await ledger.cancel(owner, [request.id]);
    expect(await account()).toMatchObject({ reserved: 0n });
  });

  it('tells when the first window of a lease ends', async () => {
    const charges = [budgetCharge({ period: 'month' }), budgetCharge({ budget: 'days', period: 'day' })];
    const granted = await ledger.lease(owner, lease({ charges, piece: 1n }));
    expect(granted?.secondsLeft).toBeGreaterThan(0);
    expect(granted?.secondsLeft).toBeLessThanOrEqual(86_400);
  });

  it('spends from a lease, and from soft accounts beside it', async () => {
    const request = lease();
    await ledger.lease(owner, request);
    const soft = budgetCharge({ budget: 'soft', hard: false });
    await storeLeased(request.id, 7n, 7n, [soft]);
    await storeLeased(request.id, 25n, 10n);
    await storeLeased(request.id, null, 0n);
    expect(await account()).toEqual({ spent: 32n, reserved: 63n, left: 905n });
    expect(await account('soft')).toMatchObject({ spent: 7n, reserved: 0n });
  });

  it('frees each part of a lease once, and nothing for strangers', async () => {
    const request = lease();
    await ledger.lease(owner, request);
    const part = { id: request.id, amount: 30n, number: 0 };
    await ledger.giveBack([part, { id: randomUUID(), amount: 5n, number: 0 }]);
    await ledger.giveBack([part]);
    expect(await account()).toMatchObject({ spent: 0n, reserved: 50n });
    await storeLeased(request.id, 20n, 20n);
    await ledger.giveBack([{ ...part, number: 1 }]);
    await ledger.giveBack([{ ...part, number: 1 }]);
    expect(await account()).toEqual({ spent: 20n, reserved: 0n, left: 980n });
  });

  it('charges the lease of a silent owner, and corrects that by what comes after all', async () => {
    const request = lease();
    await ledger.lease(randomUUID(), request);
    await expect.poll(() => ledger.sweep(1), { timeout: 5_000 }).toBe(1);
    expect(await account()).toMatchObject({ spent: 80n, reserved: 0n });
    await storeLeased(request.id, 4n, 4n);
    expect(await account()).toMatchObject({ spent: 80n, reserved: 0n });
    await storeLeased(request.id, 15n, 10n);
    expect(await account()).toMatchObject({ spent: 85n });
    await ledger.giveBack([{ id: request.id, amount: 66n, number: 0 }]);
    expect(await account()).toEqual({ spent: 19n, reserved: 0n, left: 981n });
  });

  it('frees what is left of a lease that has ended, also where it was charged', async () => {
    const [held, swept] = [lease(), lease()];
    await ledger.lease(randomUUID(), swept);
    await expect.poll(() => ledger.sweep(1), { timeout: 5_000 }).toBe(1);
    await ledger.lease(owner, held);
    await storeLeased(swept.id, 5n, 5n);
    await storeLeased(held.id, 7n, 7n);
    await ledger.release([held.id, swept.id]);
    await ledger.release([held.id, swept.id]);
    expect(await account()).toEqual({ spent: 12n, reserved: 0n, left: 988n });
  });

  it('takes no more from a lease than it holds', async () => {
    const request = lease();
    await ledger.lease(owner, request);
    await storeLeased(request.id, 95n, 95n);
    expect(await account()).toEqual({ spent: 95n, reserved: 0n, left: 905n });
  });

  it('tells when a window ends', async () => {
    const charge = budgetCharge({ period: 'day', timeZone: 'Asia/Tokyo' });
    const [answer] = await ledger.reserve(owner, [budgetRequest(101n, [charge])]);
    const end = answer?.windowEnd ?? new Date(0);
    // Midnight in Tokyo.
    expect(end.toISOString()).toMatch(/T15:00:00.000Z$/);
    expect(answer?.secondsLeft).toBeGreaterThan(0);
    expect(answer?.secondsLeft).toBeLessThanOrEqual(86_400);
    const [state] = await ledger.states({ budget: 'keys' });
    expect(state?.windowEnd).toEqual(end);
  });

  it('leaves a past window to what began in it', async () => {
    const charge = budgetCharge({ period: 'month' });
    await store(budgetRequest(0n, [charge]), 10n);
    await store(budgetRequest(0n, [charge]), 90n, new Date(Date.now() - 40 * 86_400_000));
    expect(await account()).toMatchObject({ spent: 10n });
  });

  it('tells each threshold once, also when several are passed at once', async () => {
    const charge = budgetCharge({ hard: false, alerts: [50, 80, 100] });
    await store(budgetRequest(0n, [charge]), 49n);
    expect(await ledger.takeAlerts()).toEqual([]);
    await store(budgetRequest(0n, [charge]), 31n);
    const first = await ledger.takeAlerts();
    expect(first.map(({ threshold }) => threshold)).toEqual([50, 80]);
    expect(first[0]).toMatchObject({ budget: 'keys', subject: 'test', limit: 100n, spent: 80n, windowEnd: null });
    for (const { id } of first) await ledger.closeAlert(id);
    await store(budgetRequest(0n, [charge]), 31n);
    expect((await ledger.takeAlerts()).map(({ threshold }) => threshold)).toEqual([100]);
    expect(await ledger.takeAlerts()).toEqual([]);
  });

  it('takes new terms at once', async () => {
    await ledger.reserve(owner, [budgetRequest(100n)]);
    const [answer] = await ledger.reserve(owner, [budgetRequest(10n, [budgetCharge({ limit: '110' })])]);
    expect(answer).toBeUndefined();
    expect((await ledger.states({}))[0]).toMatchObject({ limit: 110n, left: 0n });
  });

  it('tells states by budget, kind and subject', async () => {
    const charges = ['a', 'b', 'c'].map((subject) => budgetCharge({ budget: 'teams', kind: 'team', subject }));
    await ledger.reserve(owner, [budgetRequest(1n), ...charges.map((charge) => budgetRequest(2n, [charge]))]);
    const subjects = async (filter: Parameters<BudgetLedger['states']>[0]) =>
      (await ledger.states(filter)).map(({ subject }) => subject);
    expect(await subjects({})).toEqual(['test', 'a', 'b', 'c']);
    expect(await subjects({ kind: 'team' })).toEqual(['a', 'b', 'c']);
    expect(await subjects({ kind: 'team', limit: 2 })).toEqual(['a', 'b']);
    expect(await subjects({ subject: 'b' })).toEqual(['b']);
  });

  it('comes to the same whatever the order in which things happen', async () => {
    const step = fc.record({
      amount: fc.bigInt(0n, 40n),
      cost: fc.option(fc.bigInt(0n, 60n), { nil: null }),
      end: fc.constantFrom('record', 'release', 'cancel', 'twice'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), fc.boolean(), async (steps, isReversed) => {
        const subject = randomUUID();
        const charge = budgetCharge({ subject, limit: '1000' });
        const asked = steps.map((one) => ({ ...one, request: budgetRequest(one.amount, [charge]) }));
        await ledger.reserve(
          owner,
          asked.map(({ request }) => request),
        );
        for (const { request, cost, end } of isReversed ? asked.toReversed() : asked) {
          if (end === 'release') await ledger.release([request.requestId]);
          else if (end === 'cancel') await ledger.cancel(owner, [request.requestId]);
          else for (let times = end === 'twice' ? 2 : 1; times > 0; times--) await store(request, cost);
        }
        const spent = asked
          .filter(({ end }) => end === 'record' || end === 'twice')
          .reduce((sum, { cost }) => sum + (cost ?? 0n), 0n);
        const state = await account('keys', subject);
        expect(state ?? { spent: 0n, reserved: 0n }).toMatchObject({ spent, reserved: 0n });
      }),
      { numRuns: 30 },
    );
  });
});

describe('the ledger in Postgres', () => {
  const owner = randomUUID();
  let ledger: TypeOrmBudgetLedger;
  let records: TypeOrmUsageRecordRepository;

  beforeEach(async () => {
    ({ ledger, records } = await inPostgres());
  });

  it.each([
    ['day', 'UTC', 0, '2026-03-29T12:00:00Z', '2026-03-29T00:00:00Z', '2026-03-30T00:00:00Z'],
    // The day has 23 hours, then 25.
    ['day', 'Europe/Berlin', 0, '2026-03-29T12:00:00Z', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'],
    ['day', 'Europe/Berlin', 0, '2026-10-25T12:00:00Z', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'],
    // Midnight is set to one o'clock: the day begins then.
    ['day', 'Africa/Cairo', 0, '2026-04-24T12:00:00Z', '2026-04-23T22:00:00Z', '2026-04-24T21:00:00Z'],
    ['day', 'Asia/Kathmandu', 0, '2026-05-01T18:20:00Z', '2026-05-01T18:15:00Z', '2026-05-02T18:15:00Z'],
    ['week', 'UTC', 0, '2026-11-29T23:59:59Z', '2026-11-23T00:00:00Z', '2026-11-30T00:00:00Z'],
    ['week', 'UTC', 6, '2026-11-29T00:00:00Z', '2026-11-29T00:00:00Z', '2026-12-06T00:00:00Z'],
    ['week', 'America/New_York', 6, '2026-11-01T12:00:00Z', '2026-11-01T04:00:00Z', '2026-11-08T05:00:00Z'],
    ['month', 'America/New_York', 0, '2026-03-31T12:00:00Z', '2026-03-01T05:00:00Z', '2026-04-01T04:00:00Z'],
    ['month', 'Pacific/Kiritimati', 0, '2026-12-31T10:00:00Z', '2026-12-31T10:00:00Z', '2027-01-31T10:00:00Z'],
    ['total', 'Asia/Tokyo', 3, '2026-12-31T10:00:00Z', '1970-01-01T00:00:00Z', null],
    // Not known to Postgres.
    ['day', 'Moon/Tycho', 0, '2026-03-29T12:00:00Z', '2026-03-29T00:00:00Z', '2026-03-30T00:00:00Z'],
  ] as const)('knows the %s in %s, week day %i, at %s', async (period, timeZone, weekStartsOn, at, start, end) => {
    const charge = JSON.stringify(budgetCharge({ period, timeZone, weekStartsOn }));
    const [row] = await database.sql(
      `SELECT window_start, window_end FROM nestgate.budget_charge_at('${at}', '${charge}')`,
    );
    expect(row).toEqual({ window_start: new Date(start), window_end: end === null ? null : new Date(end) });
  });

  it('grants what there is room for under many at once, and no more', async () => {
    const others = await Promise.all([1, 2, 3].map(() => database.open({ poolSize: 2 })));
    const ledgers = [ledger, ...others.map(patient)];
    closing.push(...ledgers.map((one) => () => one.onApplicationShutdown()));
    const team = budgetCharge({ budget: 'teams', limit: '1000' });
    const everyone = budgetCharge({ budget: 'everyone', subject: '*', limit: '37' });
    const answers = await Promise.all(
      ledgers.map(async (one) => {
        const own = [];
        for (let turn = 0; turn < 25; turn++) {
          const charges: BudgetCharge[] = turn % 2 === 0 ? [team, everyone] : [everyone, team];
          own.push(...(await one.reserve(randomUUID(), [budgetRequest(1n, charges), budgetRequest(1n, charges)])));
        }
        return own;
      }),
    );
    expect(answers.flat().filter((answer) => answer === undefined)).toHaveLength(37);
    expect(await ledger.states({})).toMatchObject([
      { budget: 'everyone', reserved: 37n, left: 0n },
      { budget: 'teams', reserved: 37n },
    ]);
  });

  it('keeps the sum of what is reserved equal to the reservations, whoever does what at once', async () => {
    const soft = budgetCharge({ budget: 'soft', hard: false });
    const requests = Array.from({ length: 120 }, () => budgetRequest(1n, [budgetCharge({ limit: '1000' })]));
    const steps = requests.map((request, index) => async () => {
      await ledger.reserve(owner, [request]);
      if (index % 3 === 0) await ledger.release([request.requestId]);
      if (index % 3 !== 1) return;
      const charges = [...request.charges, soft];
      const { requestId } = request;
      await records.insertAll([encodeUsageRecord(usageRecord({ requestId, cost: 2n, charges }))]);
    });
    const lane = async (): Promise<void> => {
      for (let step = steps.shift(); step !== undefined; step = steps.shift()) await step();
    };
    await Promise.all([lane(), lane(), lane(), lane()]);
    const [sums] = await database.sql(
      `SELECT sum(amount)::int AS reserved FROM nestgate.budget_reservation WHERE state = 'open'`,
    );
    expect(sums).toEqual({ reserved: 40 });
    expect(await ledger.states({})).toMatchObject([
      { budget: 'keys', reserved: 40n, spent: 80n },
      { budget: 'soft', reserved: 0n, spent: 80n },
    ]);
  });

  it('keeps that sum with leases too', async () => {
    const terms = { charges: [budgetCharge({ limit: '100000' })], piece: 10n, most: 8, least: 1, share: 16 };
    const requests = Array.from({ length: 60 }, () => ({ ...terms, id: randomUUID() }));
    const steps = requests.map((request, index) => async () => {
      await ledger.lease(owner, request);
      const [first, second] = [4n, 10n].map((leased) =>
        encodeUsageRecord(usageRecord({ requestId: randomUUID(), cost: 10n, lease: request.id, leased })),
      );
      await Promise.all([
        records.insertAll([first ?? '', second ?? '']),
        ledger.giveBack([{ id: request.id, amount: 50n, number: 0 }]),
        records.insertAll([
          encodeUsageRecord(usageRecord({ requestId: randomUUID(), cost: 1n, lease: request.id, leased: 1n })),
        ]),
      ]);
      if (index % 2 === 0) await ledger.giveBack([{ id: request.id, amount: 15n, number: 1 }]);
    });
    const lane = async (): Promise<void> => {
      for (let step = steps.shift(); step !== undefined; step = steps.shift()) await step();
    };
    await Promise.all([lane(), lane(), lane(), lane()]);
    const [sums] = await database.sql(
      'SELECT sum(amount)::int AS reserved, count(*)::int FROM nestgate.budget_reservation',
    );
    expect(sums).toEqual({ reserved: 30 * 15, count: 30 });
    expect(await ledger.states({})).toMatchObject([{ reserved: 30n * 15n, spent: 60n * 21n }]);
  });

  it('gives an alert to one of those who ask at once', async () => {
    const charge = budgetCharge({ alerts: [100] });
    await records.insertAll([
      encodeUsageRecord(usageRecord({ requestId: randomUUID(), cost: 100n, charges: [charge] })),
    ]);
    const taken = await Promise.all(Array.from({ length: 8 }, () => ledger.takeAlerts()));
    expect(taken.flat()).toHaveLength(1);
  });

  it('charges a record that has to be made storable', async () => {
    const charge = budgetCharge({ hard: false });
    const odd = usageRecord({ requestId: randomUUID(), cost: 7n, charges: [charge], endUser: 'a\u0000b' });
    await records.insertAll([encodeUsageRecord(odd), encodeUsageRecord(odd)]);
    expect(await ledger.states({})).toMatchObject([{ spent: 7n }]);
  });

  it('charges a double within a batch once', async () => {
    const record = usageRecord({ requestId: randomUUID(), cost: 7n, charges: [budgetCharge({ hard: false })] });
    await records.insertAll([encodeUsageRecord(record), encodeUsageRecord(record)]);
    expect(await ledger.states({})).toMatchObject([{ spent: 7n }]);
  });

  it('survives the loss of its connections', async () => {
    await ledger.reserve(owner, [budgetRequest(1n)]);
    await database.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    expect(await ledger.reserve(owner, [budgetRequest(1n)])).toEqual([undefined]);
    expect(await ledger.states({})).toMatchObject([{ reserved: 2n }]);
  });

  it('gives up a lock that somebody keeps for too long, and is well after that', async () => {
    const impatient = new TypeOrmBudgetLedger(await database.open());
    closing.push(() => impatient.onApplicationShutdown());
    await ledger.reserve(owner, [budgetRequest(1n)]);
    const holder = (await database.open()).createQueryRunner();
    await holder.startTransaction();
    await holder.query('SELECT FROM nestgate.budget_account FOR UPDATE');
    const late = budgetRequest(1n);
    await expect(impatient.reserve(owner, [late])).rejects.toThrow(/timeout/);
    await holder.rollbackTransaction();
    await holder.release();
    await ledger.cancel(owner, [late.requestId]);
    expect(await ledger.reserve(owner, [budgetRequest(1n)])).toEqual([undefined]);
    expect(await ledger.states({})).toMatchObject([{ reserved: 2n }]);
  });
});
