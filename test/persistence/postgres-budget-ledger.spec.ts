import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { type BudgetCharge } from '../../src/events/budget-charge.js';
import { encodeUsageRecord } from '../../src/extensions/usage/usage-record.codec.js';
import { type TypeOrmBudgetLedger } from '../../src/persistence/repositories/typeorm-budget-ledger.js';
import { type TypeOrmUsageRecordRepository } from '../../src/persistence/repositories/typeorm-usage-record.repository.js';
import { budgetCharge, budgetRequest } from '../support/budgets.js';
import { type TestDatabase } from '../support/postgres.js';
import { postgresBudgets } from '../support/postgres-budgets.js';
import { usageRecord } from '../support/usage-records.js';

const budgets = postgresBudgets();

describe('the ledger in Postgres', () => {
  const owner = randomUUID();
  let ledger: TypeOrmBudgetLedger;
  let records: TypeOrmUsageRecordRepository;
  let database: TestDatabase;

  beforeEach(async () => {
    ({ database } = budgets);
    ({ ledger, records } = await budgets.open());
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
    const ledgers = [ledger, ...others.map((other) => budgets.ledgerOn(other, 20_000))];
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
    await database.cutConnections();
    expect(await ledger.reserve(owner, [budgetRequest(1n)])).toEqual([undefined]);
    expect(await ledger.states({})).toMatchObject([{ reserved: 2n }]);
  });

  it('gives up a lock that somebody keeps for too long, and is well after that', async () => {
    const impatient = budgets.ledgerOn(await database.open());
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

  it('forgets accounts 400 days after their window, and what was told of an account with it', async () => {
    const account = (subject: string, end: string, reserved = 0): string =>
      `INSERT INTO nestgate.budget_account (
         budget, kind, subject, period, window_start, window_end, hard, alerts, limit_cost, spent, reserved)
       SELECT 'teams', 'team', ${subject}, 'month', to_timestamp(0), ${end}, true, '{80}', 100, 90, ${reserved}`;
    await database.sql(
      // More than one statement takes.
      `${account(`'old-' || i`, `now() - interval '401 days'`)} FROM generate_series(1, 1001) AS i`,
      account(`'under way'`, `now() - interval '401 days'`, 1),
      account(`'young'`, `now() - interval '399 days'`),
      account(`'for ever'`, 'NULL'),
      `INSERT INTO nestgate.budget_alert (account_id, threshold, spent, raised_at, taken_at, closed_at)
       SELECT id, 80, 90, at, at, at FROM nestgate.budget_account, (SELECT now() - interval '500 days') AS told (at)`,
    );
    await ledger.sweep(1_000);
    const left = await database.sql(
      `SELECT subject, threshold FROM nestgate.budget_account LEFT JOIN nestgate.budget_alert ON account_id = id
        ORDER BY subject`,
    );
    expect(left).toEqual(['for ever', 'under way', 'young'].map((subject) => ({ subject, threshold: 80 })));
    expect(await database.sql('SELECT count(*)::int FROM nestgate.budget_alert')).toEqual([{ count: 3 }]);
  });
});
