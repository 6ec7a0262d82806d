import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migratedSchema } from '../schema-name.js';
import { freeBudget, settleBudget } from './1764320000000-add-budgets.js';

/**
 * Leases: reservations that a process draws from for many calls. A call takes its cost from the lease when its record is
 * stored, and what is left is given back. Locks are taken in the order that `AddBudgets` names.
 */
export class LeaseBudgets1764360000000 implements MigrationInterface {
  readonly name = 'LeaseBudgets1764360000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    for (const statement of [
      `ALTER TABLE ${schema}.budget_reservation ADD COLUMN given_back integer NOT NULL DEFAULT 0`,
      `DROP FUNCTION ${schema}.budget_settle`,
      `DROP FUNCTION ${schema}.budget_free`,
      settle(schema),
      free(schema),
      lease(schema),
      giveBack(schema),
    ]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    for (const statement of [
      `DROP FUNCTION ${schema}.budget_give_back`,
      `DROP FUNCTION ${schema}.budget_lease`,
      `DROP FUNCTION ${schema}.budget_settle`,
      `DROP FUNCTION ${schema}.budget_free`,
      `ALTER TABLE ${schema}.budget_reservation DROP COLUMN given_back`,
      settleBudget(schema),
      freeBudget(schema),
    ]) {
      await queryRunner.query(statement);
    }
  }
}

/**
 * Sets aside as many pieces as `1 / p_share` of what is left on every account has room for, `p_most` of them at most.
 * Returns what is set aside under the id, also where it was asked for before; no row where that would be fewer than
 * `p_least` pieces.
 */
function lease(schema: string): string {
  return `
    CREATE FUNCTION ${schema}.budget_lease(
      p_owner uuid, p_id uuid, p_charges jsonb, p_piece numeric, p_most integer, p_least integer, p_share integer)
    RETURNS TABLE (amount numeric, seconds_left double precision)
    LANGUAGE plpgsql AS $$
    DECLARE
      v_ids bigint[];
      v_pieces numeric;
    BEGIN
      INSERT INTO ${schema}.budget_owner AS o (id, seen_at) VALUES (p_owner, now())
        ON CONFLICT (id) DO UPDATE SET seen_at = now() WHERE o.seen_at < now() - interval '1 second';
      v_ids := ${schema}.budget_open(ARRAY(
        SELECT ${schema}.budget_charge_at(now(), c) FROM jsonb_array_elements(p_charges) AS c), '{}');
      SELECT least(p_most, floor(min(a.limit_cost - a.spent - a.reserved) / (p_share * p_piece))) INTO v_pieces
        FROM ${schema}.budget_account AS a WHERE a.id = ANY (v_ids);
      IF v_pieces >= p_least THEN
        INSERT INTO ${schema}.budget_reservation (request_id, owner, state, amount, account_ids, created_at)
        VALUES (p_id, p_owner, 'open', v_pieces * p_piece, v_ids, now())
            ON CONFLICT (request_id) DO NOTHING;
        IF FOUND THEN
          UPDATE ${schema}.budget_account AS a SET reserved = a.reserved + v_pieces * p_piece WHERE a.id = ANY (v_ids);
        END IF;
      END IF;
      RETURN QUERY
        SELECT r.amount, (SELECT min(extract(epoch FROM a.window_end - now()))::double precision
                            FROM ${schema}.budget_account AS a WHERE a.id = ANY (r.account_ids))
          FROM ${schema}.budget_reservation AS r WHERE r.request_id = p_id AND r.state = 'open';
    END $$`;
}

/**
 * Frees parts of leases: `[{ id, amount, number }]`. Each part has the number of those that were freed before it, so that
 * what is told twice is freed once.
 */
function giveBack(schema: string): string {
  return `
    CREATE FUNCTION ${schema}.budget_give_back(p_parts jsonb) RETURNS void
    LANGUAGE plpgsql AS $$
    DECLARE
      v_leases uuid[];
    BEGIN
      v_leases := ARRAY(SELECT (p.value->>'id')::uuid FROM jsonb_array_elements(p_parts) AS p);
      PERFORM FROM ${schema}.budget_reservation
        WHERE request_id = ANY (v_leases) ORDER BY request_id FOR UPDATE;
      PERFORM FROM ${schema}.budget_account
        WHERE id IN (SELECT unnest(r.account_ids) FROM ${schema}.budget_reservation AS r
                      WHERE r.request_id = ANY (v_leases))
        ORDER BY id FOR UPDATE;
      WITH freed AS (
        UPDATE ${schema}.budget_reservation AS r SET amount = r.amount - part.amount, given_back = r.given_back + 1
          FROM jsonb_to_recordset(p_parts) AS part(id uuid, amount numeric, number integer)
         WHERE r.request_id = part.id AND r.given_back = part.number AND r.state <> 'void'
        RETURNING part.amount, r.state, r.account_ids
      ), change AS (
        SELECT i.id,
               sum(CASE WHEN freed.state = 'open' THEN freed.amount ELSE 0 END) AS reserved,
               sum(CASE WHEN freed.state = 'swept' THEN freed.amount ELSE 0 END) AS spent
          FROM freed, unnest(freed.account_ids) AS i(id) GROUP BY i.id
      )
      UPDATE ${schema}.budget_account AS a SET reserved = a.reserved - change.reserved, spent = a.spent - change.spent
        FROM change WHERE a.id = change.id;
      -- Nothing of it is left, and nothing that was drawn from it is still to come.
      DELETE FROM ${schema}.budget_reservation WHERE request_id = ANY (v_leases) AND state = 'open' AND amount = 0;
    END $$`;
}

/**
 * Charges what was stored: `p_settled` is `[{ id, cost, at, charges }]`. The accounts are those of the reservation, and
 * for charges without one those of the window that the call began in. `p_leased` is `[{ id, cost, leased }]`, what calls
 * have cost together that had drawn from a lease, and how much of it is used up by them. What was charged for a silent
 * owner is corrected. An estimate may be more than was drawn: no more is taken from a lease than it holds.
 */
function settle(schema: string): string {
  return `
    CREATE FUNCTION ${schema}.budget_settle(p_settled jsonb, p_leased jsonb) RETURNS void
    LANGUAGE plpgsql AS $$
    DECLARE
      v_requests uuid[];
      v_leases uuid[];
      v_gone ${schema}.budget_reservation[];
      v_reserved bigint[];
      v_charges ${schema}.budget_charge[];
      v_costs numeric[];
      v_ids bigint[];
    BEGIN
      v_requests := ARRAY(SELECT (s.value->>'id')::uuid FROM jsonb_array_elements(p_settled) AS s);
      v_leases := ARRAY(SELECT (l.value->>'id')::uuid FROM jsonb_array_elements(p_leased) AS l);
      PERFORM FROM ${schema}.budget_reservation
        WHERE request_id = ANY (v_requests || v_leases) ORDER BY request_id FOR UPDATE;
      WITH gone AS (
        DELETE FROM ${schema}.budget_reservation AS r WHERE r.request_id = ANY (v_requests)
        RETURNING r AS reservation, r.account_ids
      ), leases AS (
        SELECT r.account_ids FROM ${schema}.budget_reservation AS r WHERE r.request_id = ANY (v_leases)
      )
      SELECT ARRAY(SELECT gone.reservation FROM gone),
             ARRAY(SELECT unnest(gone.account_ids) FROM gone UNION SELECT unnest(leases.account_ids) FROM leases)
        INTO v_gone, v_reserved;

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
            SELECT i.id,
                   l.cost - CASE WHEN r.state = 'swept' THEN least(l.leased, r.amount) ELSE 0 END,
                   CASE WHEN r.state = 'open' THEN least(l.leased, r.amount) ELSE 0 END
              FROM jsonb_to_recordset(p_leased) AS l(id uuid, cost numeric, leased numeric)
              JOIN ${schema}.budget_reservation AS r ON r.request_id = l.id, unnest(r.account_ids) AS i(id)
             UNION ALL
            SELECT u.id, u.cost, 0 FROM unnest(v_ids, v_costs) AS u(id, cost)
          ) AS each GROUP BY id
        ) AS change
       WHERE a.id = change.id AND (change.spent <> 0 OR change.reserved <> 0);
      UPDATE ${schema}.budget_reservation AS r SET amount = r.amount - least(l.leased, r.amount)
        FROM jsonb_to_recordset(p_leased) AS l(id uuid, leased numeric) WHERE r.request_id = l.id;
      DELETE FROM ${schema}.budget_reservation WHERE request_id = ANY (v_leases) AND state = 'open' AND amount = 0;
      PERFORM ${schema}.budget_raise_alerts(v_ids || v_reserved);
    END $$`;
}

/**
 * Frees what was set aside for requests that will have no usage record, or in leases that nobody will draw from any more;
 * also where it was charged for a silent owner.
 */
function free(schema: string): string {
  return `
    CREATE FUNCTION ${schema}.budget_free(p_requests uuid[]) RETURNS void
    LANGUAGE plpgsql AS $$
    DECLARE
      v_gone ${schema}.budget_reservation[];
    BEGIN
      v_gone := ARRAY(
        SELECT r FROM ${schema}.budget_reservation AS r
         WHERE r.request_id = ANY (p_requests) AND r.state <> 'void' ORDER BY r.request_id FOR UPDATE);
      PERFORM FROM ${schema}.budget_account
        WHERE id IN (SELECT unnest(g.account_ids) FROM unnest(v_gone) AS g) ORDER BY id FOR UPDATE;
      UPDATE ${schema}.budget_account AS a SET reserved = a.reserved - freed.reserved, spent = a.spent - freed.spent
        FROM (SELECT i.id,
                     sum(CASE WHEN g.state = 'open' THEN g.amount ELSE 0 END) AS reserved,
                     sum(CASE WHEN g.state = 'swept' THEN g.amount ELSE 0 END) AS spent
                FROM unnest(v_gone) AS g, unnest(g.account_ids) AS i(id) GROUP BY i.id) AS freed
       WHERE a.id = freed.id;
      DELETE FROM ${schema}.budget_reservation WHERE request_id IN (SELECT g.request_id FROM unnest(v_gone) AS g);
    END $$`;
}
