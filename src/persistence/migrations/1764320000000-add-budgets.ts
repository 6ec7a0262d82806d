import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migratedSchema } from '../schema-name.js';

/**
 * Accounts of budgets, what is reserved on them, and the functions that move amounts. Functions, since each is one trip
 * for a whole batch and all of its locks are held for that trip only.
 *
 * All of them take what they lock in one order, so that nobody waits in a circle: the owner, then reservations by
 * request id, then accounts by id. `budget_reserve` alone inserts reservations, new ones, after it has its accounts.
 */
export class AddBudgets1764320000000 implements MigrationInterface {
  readonly name = 'AddBudgets1764320000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    for (const statement of [
      ...tables(schema),
      ...helpers(schema),
      reserve(schema),
      settleBudget(schema),
      freeBudget(schema),
    ]) {
      await queryRunner.query(statement);
    }
    await queryRunner.query(sweep(schema));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    for (const statement of [
      `DROP FUNCTION ${schema}.budget_sweep`,
      `DROP FUNCTION ${schema}.budget_free`,
      `DROP FUNCTION ${schema}.budget_settle`,
      `DROP FUNCTION ${schema}.budget_reserve`,
      `DROP FUNCTION ${schema}.budget_raise_alerts`,
      `DROP FUNCTION ${schema}.budget_open`,
      `DROP FUNCTION ${schema}.budget_charge_at`,
      `DROP FUNCTION ${schema}.budget_zone`,
      `DROP TYPE ${schema}.budget_charge`,
      `DROP TABLE ${schema}.budget_alert`,
      `DROP TABLE ${schema}.budget_reservation`,
      `DROP TABLE ${schema}.budget_owner`,
      `DROP TABLE ${schema}.budget_account`,
    ]) {
      await queryRunner.query(statement);
    }
  }
}

function tables(schema: string): string[] {
  return [
    `CREATE TABLE ${schema}.budget_account (
      id bigint GENERATED ALWAYS AS IDENTITY,
      budget text NOT NULL,
      kind text NOT NULL,
      subject text NOT NULL,
      period text NOT NULL,
      window_start timestamptz NOT NULL,
      window_end timestamptz,
      hard boolean NOT NULL,
      alerts smallint[] NOT NULL,
      limit_cost numeric(38,0) NOT NULL,
      spent numeric(38,0) NOT NULL DEFAULT 0,
      reserved numeric(38,0) NOT NULL DEFAULT 0,
      CONSTRAINT budget_account_pkey PRIMARY KEY (id),
      CONSTRAINT budget_account_window_key UNIQUE (budget, subject, period, window_start)
    ) WITH (fillfactor = 50)`,
    `CREATE TABLE ${schema}.budget_owner (
      id uuid NOT NULL,
      seen_at timestamptz NOT NULL,
      CONSTRAINT budget_owner_pkey PRIMARY KEY (id)
    ) WITH (fillfactor = 50)`,
    // open: set aside; swept: its owner fell silent, and it was charged; void: whoever comes with it comes too late.
    `CREATE TABLE ${schema}.budget_reservation (
      request_id uuid NOT NULL,
      owner uuid NOT NULL,
      state text NOT NULL,
      amount numeric(38,0) NOT NULL,
      account_ids bigint[] NOT NULL,
      created_at timestamptz NOT NULL,
      CONSTRAINT budget_reservation_pkey PRIMARY KEY (request_id)
    )`,
    `CREATE TABLE ${schema}.budget_alert (
      account_id bigint NOT NULL,
      threshold smallint NOT NULL,
      spent numeric(38,0) NOT NULL,
      raised_at timestamptz NOT NULL,
      taken_at timestamptz,
      closed_at timestamptz,
      CONSTRAINT budget_alert_pkey PRIMARY KEY (account_id, threshold)
    )`,
  ];
}

function helpers(schema: string): string[] {
  return [
    `CREATE TYPE ${schema}.budget_charge AS (
      budget text, kind text, subject text, period text, window_start timestamptz, window_end timestamptz,
      hard boolean, alerts smallint[], limit_cost numeric(38,0)
    )`,
    // Node and Postgres do not know quite the same time zones, and one that is not known must not stop the others.
    `CREATE FUNCTION ${schema}.budget_zone(p_zone text) RETURNS text
      LANGUAGE plpgsql STABLE AS $$
      BEGIN
        PERFORM now() AT TIME ZONE p_zone;
        RETURN p_zone;
      EXCEPTION WHEN invalid_parameter_value THEN
        RETURN 'UTC';
      END $$`,
    // The day, week or month of the time zone that a moment is in. Where the clocks are set it may be longer or shorter.
    `CREATE FUNCTION ${schema}.budget_charge_at(p_at timestamptz, p_charge jsonb) RETURNS ${schema}.budget_charge
      LANGUAGE sql STABLE AS $$
        SELECT ROW(
          p_charge->>'budget', p_charge->>'kind', p_charge->>'subject', p_charge->>'period',
          coalesce(first AT TIME ZONE zone, to_timestamp(0)),
          CASE p_charge->>'period'
            WHEN 'day' THEN first + interval '1 day'
            WHEN 'week' THEN first + interval '7 days'
            WHEN 'month' THEN first + interval '1 month'
          END AT TIME ZONE zone,
          (p_charge->>'hard')::boolean,
          ARRAY(SELECT jsonb_array_elements_text(p_charge->'alerts')::smallint),
          (p_charge->>'limit')::numeric
        )::${schema}.budget_charge
        FROM (
          SELECT zone,
                 CASE p_charge->>'period'
                   WHEN 'day' THEN date_trunc('day', local)
                   WHEN 'week' THEN date_trunc('week', local - week_offset) + week_offset
                   WHEN 'month' THEN date_trunc('month', local)
                 END AS first
            FROM (
              SELECT zone, p_at AT TIME ZONE zone AS local,
                     make_interval(days => (p_charge->>'weekStartsOn')::integer) AS week_offset
                FROM ${schema}.budget_zone(p_charge->>'timeZone') AS zone
            ) AS clock
        ) AS calendar
      $$`,
    // Opens those that are missing, locks them and the others, and brings their terms up to date.
    // Returns the ids in the order of the charges.
    `CREATE FUNCTION ${schema}.budget_open(p_charges ${schema}.budget_charge[], p_others bigint[]) RETURNS bigint[]
      LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO ${schema}.budget_account
               (budget, kind, subject, period, window_start, window_end, hard, alerts, limit_cost)
        SELECT DISTINCT ON (c.budget, c.subject, c.period, c.window_start)
               c.budget, c.kind, c.subject, c.period, c.window_start, c.window_end, c.hard, c.alerts, c.limit_cost
          FROM unnest(p_charges) AS c
         WHERE NOT EXISTS (
                 SELECT FROM ${schema}.budget_account AS a
                  WHERE a.budget = c.budget AND a.subject = c.subject
                    AND a.period = c.period AND a.window_start = c.window_start)
         ORDER BY c.budget, c.subject, c.period, c.window_start
            ON CONFLICT (budget, subject, period, window_start) DO NOTHING;

        PERFORM FROM ${schema}.budget_account
          WHERE id = ANY (p_others || ARRAY(
                  SELECT a.id FROM unnest(p_charges) AS c
                    JOIN ${schema}.budget_account AS a USING (budget, subject, period, window_start)))
          ORDER BY id FOR UPDATE;

        UPDATE ${schema}.budget_account AS a
           SET kind = c.kind, window_end = c.window_end, hard = c.hard, alerts = c.alerts, limit_cost = c.limit_cost
          FROM (SELECT DISTINCT ON (u.budget, u.subject, u.period, u.window_start) u.* FROM unnest(p_charges) AS u) AS c
         WHERE a.budget = c.budget AND a.subject = c.subject
           AND a.period = c.period AND a.window_start = c.window_start
           AND (a.kind, a.hard, a.alerts, a.limit_cost) IS DISTINCT FROM (c.kind, c.hard, c.alerts, c.limit_cost);

        RETURN ARRAY(
          SELECT a.id
            FROM unnest(p_charges) WITH ORDINALITY
                 AS c(budget, kind, subject, period, window_start, window_end, hard, alerts, limit_cost, place)
            JOIN ${schema}.budget_account AS a USING (budget, subject, period, window_start)
           ORDER BY c.place);
      END $$`,
    `CREATE FUNCTION ${schema}.budget_raise_alerts(p_accounts bigint[]) RETURNS void
      LANGUAGE sql AS $$
        INSERT INTO ${schema}.budget_alert (account_id, threshold, spent, raised_at)
        SELECT a.id, t.threshold, a.spent, now()
          FROM ${schema}.budget_account AS a, unnest(a.alerts) AS t(threshold)
         WHERE a.id = ANY (p_accounts) AND a.spent > 0 AND a.spent * 100 >= a.limit_cost * t.threshold
         ORDER BY a.id, t.threshold
            ON CONFLICT (account_id, threshold) DO NOTHING
      $$`,
  ];
}

/**
 * Decides requests in their turn, each as a whole: `spent + reserved + amount <= limit` on every account, or nothing.
 * `p_requests`: `[{ id, amount, charges: [place in p_charges] }]`. Tells only of those that are refused.
 */
function reserve(schema: string): string {
  return `
    CREATE FUNCTION ${schema}.budget_reserve(p_owner uuid, p_charges jsonb, p_requests jsonb)
    RETURNS TABLE (request integer, charge integer, window_end timestamptz, seconds_left double precision)
    LANGUAGE plpgsql AS $$
    DECLARE
      v_ids bigint[];
      v_left numeric[];
      v_granted bigint[] := '{}';
      v_request record;
      v_charge integer;
    BEGIN
      INSERT INTO ${schema}.budget_owner AS o (id, seen_at) VALUES (p_owner, now())
        ON CONFLICT (id) DO UPDATE SET seen_at = now() WHERE o.seen_at < now() - interval '1 second';
      v_ids := ${schema}.budget_open(ARRAY(
        SELECT ${schema}.budget_charge_at(now(), c.value)
          FROM jsonb_array_elements(p_charges) WITH ORDINALITY AS c(value, place) ORDER BY c.place), '{}');
      v_left := ARRAY(
        SELECT a.limit_cost - a.spent - a.reserved
          FROM unnest(v_ids) WITH ORDINALITY AS i(id, place) JOIN ${schema}.budget_account AS a USING (id)
         ORDER BY i.place);

      FOR v_request IN
        SELECT r.place, (r.value->>'amount')::numeric AS amount,
               ARRAY(SELECT p::integer + 1 FROM jsonb_array_elements_text(r.value->'charges') AS p) AS charges
          FROM jsonb_array_elements(p_requests) WITH ORDINALITY AS r(value, place)
         WHERE NOT EXISTS (
                 SELECT FROM ${schema}.budget_reservation WHERE request_id = (r.value->>'id')::uuid)
         ORDER BY r.place
      LOOP
        request := NULL;
        FOREACH v_charge IN ARRAY v_request.charges LOOP
          IF v_left[v_charge] < v_request.amount THEN
            request := v_request.place - 1;
            charge := v_charge - 1;
            EXIT;
          END IF;
        END LOOP;
        IF request IS NOT NULL THEN
          SELECT a.window_end, extract(epoch FROM a.window_end - now()) INTO window_end, seconds_left
            FROM ${schema}.budget_account AS a WHERE a.id = v_ids[v_charge];
          RETURN NEXT;
        ELSE
          FOREACH v_charge IN ARRAY v_request.charges LOOP
            v_left[v_charge] := v_left[v_charge] - v_request.amount;
          END LOOP;
          v_granted := v_granted || v_request.place;
        END IF;
      END LOOP;

      -- What is counted is what was kept: one that was made void meanwhile is not.
      WITH kept AS (
        INSERT INTO ${schema}.budget_reservation (request_id, owner, state, amount, account_ids, created_at)
        SELECT (r.value->>'id')::uuid, p_owner, 'open', (r.value->>'amount')::numeric,
               ARRAY(SELECT v_ids[p::integer + 1] FROM jsonb_array_elements_text(r.value->'charges') AS p), now()
          FROM jsonb_array_elements(p_requests) WITH ORDINALITY AS r(value, place)
         WHERE r.place = ANY (v_granted)
         ORDER BY 1
            ON CONFLICT (request_id) DO NOTHING
        RETURNING amount, account_ids
      ), taken AS (
        SELECT t.id, sum(kept.amount) AS amount FROM kept, unnest(kept.account_ids) AS t(id) GROUP BY t.id
      )
      UPDATE ${schema}.budget_account AS a SET reserved = a.reserved + taken.amount FROM taken WHERE a.id = taken.id;
    END $$`;
}

/**
 * Charges what was stored: `[{ id, cost, at, charges }]`. The accounts are those of the reservation, and for charges
 * without one those of the window that the call began in. What was charged for a silent owner is corrected.
 */
export function settleBudget(schema: string): string {
  return `
    CREATE FUNCTION ${schema}.budget_settle(p_settled jsonb) RETURNS void
    LANGUAGE plpgsql AS $$
    DECLARE
      v_gone ${schema}.budget_reservation[];
      v_reserved bigint[];
      v_charges ${schema}.budget_charge[];
      v_costs numeric[];
      v_ids bigint[];
    BEGIN
      PERFORM FROM ${schema}.budget_reservation
        WHERE request_id IN (SELECT (s.value->>'id')::uuid FROM jsonb_array_elements(p_settled) AS s)
        ORDER BY request_id FOR UPDATE;
      WITH gone AS (
        DELETE FROM ${schema}.budget_reservation AS r
         WHERE r.request_id IN (SELECT (s.value->>'id')::uuid FROM jsonb_array_elements(p_settled) AS s)
        RETURNING r AS reservation, r.account_ids
      )
      SELECT coalesce(array_agg(gone.reservation), '{}'),
             ARRAY(SELECT DISTINCT i FROM gone, unnest(gone.account_ids) AS i)
        INTO v_gone, v_reserved FROM gone;

      WITH held AS MATERIALIZED (
        SELECT g.request_id, a.budget, a.subject
          FROM unnest(v_gone) AS g, unnest(g.account_ids) AS i(id) JOIN ${schema}.budget_account AS a USING (id)
      ), charged AS (
        SELECT (s.value->>'id')::uuid AS request_id, (s.value->>'cost')::numeric AS cost,
               (s.value->>'at')::timestamptz AS at, c.value AS charge
          FROM jsonb_array_elements(p_settled) AS s, jsonb_array_elements(s.value->'charges') AS c
      )
      SELECT coalesce(array_agg(${schema}.budget_charge_at(charged.at, charged.charge)), '{}'),
             coalesce(array_agg(charged.cost), '{}')
        INTO v_charges, v_costs
        FROM charged LEFT JOIN held
          ON held.request_id = charged.request_id
         AND held.budget = charged.charge->>'budget' AND held.subject = charged.charge->>'subject'
       WHERE held.request_id IS NULL;

      v_ids := ${schema}.budget_open(v_charges, v_reserved);
      UPDATE ${schema}.budget_account AS a
         SET spent = a.spent + change.spent, reserved = a.reserved - change.reserved
        FROM (
          SELECT id, sum(spent) AS spent, sum(reserved) AS reserved FROM (
            SELECT i.id,
                   (s.value->>'cost')::numeric - CASE WHEN g.state = 'swept' THEN g.amount ELSE 0 END AS spent,
                   CASE WHEN g.state = 'open' THEN g.amount ELSE 0 END AS reserved
              FROM jsonb_array_elements(p_settled) AS s
              JOIN unnest(v_gone) AS g ON g.request_id = (s.value->>'id')::uuid,
                   unnest(g.account_ids) AS i(id)
             UNION ALL
            SELECT u.id, u.cost, 0 FROM unnest(v_ids, v_costs) AS u(id, cost)
          ) AS each GROUP BY id
        ) AS change
       WHERE a.id = change.id AND (change.spent <> 0 OR change.reserved <> 0);
      PERFORM ${schema}.budget_raise_alerts(v_ids || v_reserved);
    END $$`;
}

/** Frees what was set aside for requests that will have no usage record. */
export function freeBudget(schema: string): string {
  return `
    CREATE FUNCTION ${schema}.budget_free(p_requests uuid[]) RETURNS void
    LANGUAGE plpgsql AS $$
    DECLARE
      v_gone ${schema}.budget_reservation[];
    BEGIN
      v_gone := ARRAY(
        SELECT r FROM ${schema}.budget_reservation AS r
         WHERE r.request_id = ANY (p_requests) AND r.state = 'open' ORDER BY r.request_id FOR UPDATE);
      PERFORM FROM ${schema}.budget_account
        WHERE id IN (SELECT unnest(g.account_ids) FROM unnest(v_gone) AS g) ORDER BY id FOR UPDATE;
      UPDATE ${schema}.budget_account AS a SET reserved = a.reserved - freed.amount
        FROM (SELECT i.id, sum(g.amount) AS amount
                FROM unnest(v_gone) AS g, unnest(g.account_ids) AS i(id) GROUP BY i.id) AS freed
       WHERE a.id = freed.id;
      DELETE FROM ${schema}.budget_reservation WHERE request_id IN (SELECT g.request_id FROM unnest(v_gone) AS g);
    END $$`;
}

/**
 * Charges what owners had set aside who have been silent for so long: whether it was spent, nobody knows. Time in which
 * Postgres itself was away is no silence.
 */
function sweep(schema: string): string {
  return `
    CREATE FUNCTION ${schema}.budget_sweep(p_silence interval) RETURNS integer
    LANGUAGE plpgsql AS $$
    DECLARE
      v_owners uuid[];
      v_swept ${schema}.budget_reservation[];
    BEGIN
      v_owners := ARRAY(
        SELECT id FROM ${schema}.budget_owner
         WHERE seen_at < now() - p_silence AND pg_postmaster_start_time() < now() - p_silence
         ORDER BY id FOR UPDATE SKIP LOCKED);
      IF v_owners = '{}' THEN
        RETURN 0;
      END IF;
      v_swept := ARRAY(
        SELECT r FROM ${schema}.budget_reservation AS r
         WHERE r.owner = ANY (v_owners) AND r.state = 'open' ORDER BY r.request_id FOR UPDATE);
      PERFORM FROM ${schema}.budget_account
        WHERE id IN (SELECT unnest(s.account_ids) FROM unnest(v_swept) AS s) ORDER BY id FOR UPDATE;
      UPDATE ${schema}.budget_account AS a
         SET reserved = a.reserved - lost.amount, spent = a.spent + lost.amount
        FROM (SELECT i.id, sum(s.amount) AS amount
                FROM unnest(v_swept) AS s, unnest(s.account_ids) AS i(id) GROUP BY i.id) AS lost
       WHERE a.id = lost.id;
      UPDATE ${schema}.budget_reservation SET state = 'swept'
       WHERE request_id IN (SELECT s.request_id FROM unnest(v_swept) AS s);
      DELETE FROM ${schema}.budget_owner WHERE id = ANY (v_owners);
      PERFORM ${schema}.budget_raise_alerts(ARRAY(SELECT DISTINCT unnest(s.account_ids) FROM unnest(v_swept) AS s));
      RETURN cardinality(v_swept);
    END $$`;
}
