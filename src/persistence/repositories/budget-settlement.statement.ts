/**
 * SQL that takes the costs of records from the accounts that they name: the end of the statement that stores them. When
 * a call began is told by the clock of its gateway, and so is how long ago that is: the database's clock decides in
 * which window it was.
 * @param schema quoted
 * @param records a table with the columns of `usage_record`
 * @param charges the parameter with JSON of objects with `requestId` and `charges`
 * @param clock the parameter with the gateway's present time, in milliseconds since 1970
 */
export function settleBudgets(schema: string, records: string, charges: string, clock: string): string {
  return `
    SELECT ${schema}.budget_settle(jsonb_agg(jsonb_build_object(
             'id', record.request_id,
             'cost', coalesce(record.cost, 0)::text,
             'at', least(now(), now() - (to_timestamp(${clock}::double precision / 1000) - record.started_at)),
             'charges', charged.charges)))
      FROM ${records} AS record
      JOIN (
        SELECT DISTINCT ON ("requestId") "requestId", charges
          FROM json_to_recordset(${charges}::json) AS line("requestId" uuid, charges jsonb)
         WHERE charges IS NOT NULL
      ) AS charged ON charged."requestId" = record.request_id
    HAVING count(*) > 0`;
}
