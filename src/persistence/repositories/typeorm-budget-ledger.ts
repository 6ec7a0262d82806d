import { type OnApplicationShutdown } from '@nestjs/common';
import { type DataSource } from 'typeorm';
import {
  type BudgetAlert,
  type BudgetFilter,
  BudgetLedger,
  type BudgetRefusal,
  type BudgetRequest,
  type BudgetState,
  type LeaseGrant,
  type LeasePart,
  type LeaseRequest,
} from '../../extensions/budget/budget-ledger.js';
import { retryOnLostConnection } from '../lost-connection.js';
import { QuickConnections } from '../quick-connections.js';
import { quotedSchema, schemaOf } from '../schema-name.js';

const DEFAULT_STATES = 100;
const MAX_STATES = 10_000;
/** Few, so that the one who takes them has told them before they are given to another. */
const ALERTS_AT_ONCE = 10;
const TIDY_EVERY_MS = 3_600_000;
/** Accounts in one statement: it must end in time. */
const TIDY_BATCH = 1_000;

type Numeric = string;

interface RefusedRow {
  readonly request: number;
  readonly charge: number;
  readonly window_end: Date | null;
  readonly seconds_left: number | null;
}

interface LeaseRow {
  readonly amount: Numeric;
  readonly seconds_left: number | null;
}

type StateRow = Omit<BudgetState, 'limit' | 'spent' | 'reserved' | 'left'> &
  Record<'limit' | 'spent' | 'reserved', Numeric>;

type AlertRow = Omit<BudgetAlert, 'limit' | 'spent'> & Record<'limit' | 'spent', Numeric>;

/**
 * The accounts of budgets in Postgres, one for all gateways on the database. What moves amounts are functions of the
 * database (`migrations/1764320000000-add-budgets.ts`, `1764360000000-lease-budgets.ts`). Settling is part of storing usage records.
 */
export class TypeOrmBudgetLedger extends BudgetLedger implements OnApplicationShutdown {
  readonly #schema: string;
  /** Calls wait for these, so they must not wait behind whole batches of records. */
  readonly #quick: QuickConnections;
  #tidiedAt = Number.NEGATIVE_INFINITY;

  /** @param timeoutMs after which a reservation is given up; half a second by default. */
  constructor(
    private readonly dataSource: DataSource,
    schema: string = schemaOf(dataSource),
    timeoutMs?: number,
  ) {
    super();
    this.#schema = quotedSchema(schema);
    this.#quick = new QuickConnections(dataSource, timeoutMs);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#quick.close();
  }

  override async reserve(
    owner: string,
    requests: readonly BudgetRequest[],
  ): Promise<readonly (BudgetRefusal | undefined)[]> {
    const { charges, placed } = distinctCharges(requests);
    const rows = await retryOnLostConnection(() =>
      this.#quick.query<RefusedRow>(
        `SELECT request, charge, window_end, seconds_left FROM ${this.#schema}.budget_reserve($1, $2, $3)`,
        [owner, JSON.stringify(charges), JSON.stringify(placed)],
      ),
    );
    const answers = Array.from<BudgetRefusal | undefined>({ length: requests.length });
    for (const row of rows) {
      const charge = charges[row.charge];
      if (charge === undefined) continue;
      answers[row.request] = { charge, windowEnd: row.window_end, secondsLeft: row.seconds_left };
    }
    return answers;
  }

  override async lease(
    owner: string,
    { id, charges, piece, most, least, share }: LeaseRequest,
  ): Promise<LeaseGrant | undefined> {
    const [row] = await retryOnLostConnection(() =>
      this.#quick.query<LeaseRow>(
        `SELECT amount, seconds_left FROM ${this.#schema}.budget_lease($1, $2, $3, $4, $5, $6, $7)`,
        [owner, id, JSON.stringify(charges), String(piece), most, least, share],
      ),
    );
    return row === undefined ? undefined : { amount: BigInt(row.amount), secondsLeft: row.seconds_left };
  }

  override async giveBack(parts: readonly LeasePart[]): Promise<void> {
    const told = parts.map(({ id, amount, number }) => ({ id, amount: String(amount), number }));
    await this.#query(`SELECT ${this.#schema}.budget_give_back($1)`, [JSON.stringify(told)]);
  }

  override async release(requestIds: readonly string[]): Promise<void> {
    await this.#query(`SELECT ${this.#schema}.budget_free($1)`, [requestIds]);
  }

  override async cancel(owner: string, requestIds: readonly string[]): Promise<void> {
    // By itself, without a lock on an account: whoever is about to reserve may hold one, and wait for this.
    await this.#query(
      `INSERT INTO ${this.#schema}.budget_reservation (request_id, owner, state, amount, account_ids, created_at)
       SELECT id, $1, 'void', 0, '{}', now() FROM unnest($2::uuid[]) AS id ORDER BY id
           ON CONFLICT (request_id) DO NOTHING`,
      [owner, requestIds],
    );
    await this.release(requestIds);
  }

  override async beat(owner: string): Promise<void> {
    await this.#query(
      `INSERT INTO ${this.#schema}.budget_owner (id, seen_at) VALUES ($1, now())
           ON CONFLICT (id) DO UPDATE SET seen_at = now()`,
      [owner],
    );
  }

  override async sweep(silentMs: number): Promise<number> {
    const [row] = await this.#query<{ swept: number }>(
      `SELECT ${this.#schema}.budget_sweep(make_interval(secs => $1)) AS swept`,
      [silentMs / 1000],
    );
    await this.#tidy();
    return row?.swept ?? 0;
  }

  override async takeAlerts(): Promise<readonly BudgetAlert[]> {
    const rows = await this.#query<AlertRow>(`
      WITH taken AS (
        UPDATE ${this.#schema}.budget_alert AS alert SET taken_at = now()
          FROM (
            SELECT account_id, threshold FROM ${this.#schema}.budget_alert
             WHERE closed_at IS NULL AND (taken_at IS NULL OR taken_at < now() - interval '1 minute')
             ORDER BY raised_at LIMIT ${ALERTS_AT_ONCE} FOR UPDATE SKIP LOCKED
          ) AS due
         WHERE alert.account_id = due.account_id AND alert.threshold = due.threshold
        RETURNING alert.*
      )
      SELECT account.id || '/' || taken.threshold AS id, account.budget, account.kind, account.subject,
             taken.threshold, account.window_start AS "windowStart", account.window_end AS "windowEnd",
             account.limit_cost AS "limit", taken.spent, taken.raised_at AS "raisedAt"
        FROM taken JOIN ${this.#schema}.budget_account AS account ON account.id = taken.account_id
       ORDER BY taken.raised_at, taken.threshold`);
    return rows.map((row) => ({ ...row, limit: BigInt(row.limit), spent: BigInt(row.spent) }));
  }

  override async closeAlert(id: string): Promise<void> {
    const [account, threshold] = id.split('/');
    await this.#query(
      `UPDATE ${this.#schema}.budget_alert SET closed_at = now() WHERE account_id = $1 AND threshold = $2`,
      [account, threshold],
    );
  }

  override async states({ budget, kind, subject, limit }: BudgetFilter): Promise<readonly BudgetState[]> {
    const rows = await this.#query<StateRow>(
      `SELECT budget, kind, subject, period, hard, limit_cost AS "limit", spent, reserved,
              window_start AS "windowStart", window_end AS "windowEnd"
         FROM ${this.#schema}.budget_account
        WHERE (window_end IS NULL OR window_end > now())
          AND ($1::text IS NULL OR budget = $1) AND ($2::text IS NULL OR kind = $2)
          AND ($3::text IS NULL OR subject = $3)
        ORDER BY budget, subject, period LIMIT $4`,
      [budget ?? null, kind ?? null, subject ?? null, Math.min(limit ?? DEFAULT_STATES, MAX_STATES)],
    );
    return rows.map((row) => {
      const [most, spent, reserved] = [BigInt(row.limit), BigInt(row.spent), BigInt(row.reserved)];
      return { ...row, limit: most, spent, reserved, left: most - spent - reserved };
    });
  }

  /** Forgets what nobody asks for any more, now and then. */
  async #tidy(): Promise<void> {
    if (performance.now() - this.#tidiedAt < TIDY_EVERY_MS) return;
    this.#tidiedAt = performance.now();
    await this.#query(
      `DELETE FROM ${this.#schema}.budget_reservation
        WHERE state <> 'open' AND created_at < now() - interval '30 days'`,
    );
    while ((await this.#removeAccounts()) === TIDY_BATCH);
  }

  /** With what was told of them: as long as an account is there, each threshold is told once. @returns how many */
  async #removeAccounts(): Promise<number> {
    const accounts = `${this.#schema}.budget_account`;
    const [row] = await this.#query<{ removed: number }>(
      `WITH removed AS (
         DELETE FROM ${accounts} WHERE id IN (
           SELECT id FROM ${accounts} WHERE window_end < now() - interval '400 days' AND reserved = 0 LIMIT ${TIDY_BATCH})
         RETURNING id
       ), alerts AS (
         DELETE FROM ${this.#schema}.budget_alert USING removed WHERE account_id = removed.id
       )
       SELECT count(*)::int AS removed FROM removed`,
    );
    return row?.removed ?? 0;
  }

  #query<Row>(statement: string, parameters: unknown[] = []): Promise<Row[]> {
    return retryOnLostConnection(() => this.dataSource.query<Row[]>(statement, parameters));
  }
}

/** Each account once, though many requests name it; the first one's terms count. */
function distinctCharges(requests: readonly BudgetRequest[]) {
  const places = new Map<string, number>();
  const charges: BudgetRequest['charges'][number][] = [];
  const placed = requests.map(({ requestId, amount, charges: own }) => ({
    id: requestId,
    amount: String(amount),
    charges: own.map((charge) => {
      const key = `${charge.budget}\n${charge.subject}`;
      let place = places.get(key);
      if (place === undefined) {
        place = charges.push(charge) - 1;
        places.set(key, place);
      }
      return place;
    }),
  }));
  return { charges, placed };
}
