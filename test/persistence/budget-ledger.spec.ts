import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type BudgetCharge } from '../../src/events/budget-charge.js';
import { type BudgetLedger, type BudgetRequest, type LeaseRequest } from '../../src/extensions/budget/budget-ledger.js';
import { MemoryBudgetLedger } from '../../src/extensions/budget/memory-budget-ledger.js';
import { MemoryUsageRecordRepository } from '../../src/extensions/usage/memory-usage-record.repository.js';
import { encodeUsageRecord } from '../../src/extensions/usage/usage-record.codec.js';
import { type UsageRecordRepository } from '../../src/extensions/usage/usage-record.repository.js';
import { budgetCharge, budgetRequest } from '../support/budgets.js';
import { postgresBudgets } from '../support/postgres-budgets.js';
import { usageRecord } from '../support/usage-records.js';

/** Longer than any test. */
const LONG_MS = 600_000;

const budgets = postgresBudgets();

interface Kept {
  readonly ledger: BudgetLedger;
  readonly records: UsageRecordRepository;
}

const LEDGERS: [name: string, open: () => Promise<Kept>][] = [
  [
    'in memory',
    () => {
      const ledger = new MemoryBudgetLedger();
      return Promise.resolve({ ledger, records: new MemoryUsageRecordRepository(ledger) });
    },
  ],
  ['in Postgres', budgets.open],
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
