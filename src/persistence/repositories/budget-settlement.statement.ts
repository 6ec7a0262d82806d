/**
 * SQL that takes the costs of records from the accounts that they name: the end of the statement that stores them. When
 * a call began is told by the clock of its gateway, and so is how long ago that is: the database's clock decides in
 * which window it was. What calls have drawn from leases is summed up first, since those are most, and their accounts
 * few.
 * @param schema quoted
 * @param records a table with the columns of `usage_record`
 * @param lines a table of what they are charged to, with `"requestId"`, and `charges` or `lease` and `leased` or both;
 *   a record may stand there twice
 * @param clock the parameter with the gateway's present time, in milliseconds since 1970
 */
export function settleBudgets(schema: string, records: string, lines: string, clock: string): string {
  return `, charged AS MATERIALIZED (
      SELECT record.request_id, coalesce(record.cost, 0) AS cost, record.started_at, line.charges, line.lease, line.leased
        FROM ${records} AS record
        JOIN (
          SELECT DISTINCT ON ("requestId") "requestId", charges, lease, leased
            FROM ${lines}
           WHERE charges IS NOT NULL OR lease IS NOT NULL
        ) AS line ON line."requestId" = record.request_id
    )
    SELECT ${schema}.budget_settle(alone, leased) FROM
      (SELECT coalesce(jsonb_agg(jsonb_build_object(
                'id', request_id,
                'cost', cost::text,
                'at', least(now(), now() - (to_timestamp(${clock}::double precision / 1000) - started_at)),
                'charges', charges)), '[]') AS alone
         FROM charged WHERE charges IS NOT NULL) AS a,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('id', lease, 'cost', cost::text, 'leased', leased::text)), '[]')
                AS leased
         FROM (SELECT lease, sum(cost) AS cost, sum(leased) AS leased
                 FROM charged WHERE lease IS NOT NULL GROUP BY lease) AS sums) AS l
     WHERE alone <> '[]' OR leased <> '[]'`;
}
