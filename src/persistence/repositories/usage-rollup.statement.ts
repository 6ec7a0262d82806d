/** By what usage is added up, besides the day. */
const DIMENSIONS = ['key_id', 'key_name', 'team', 'organization', 'model', 'provider', 'operation'];

const DAY = `(started_at AT TIME ZONE 'UTC')::date`;

const DIGEST = `sha256(convert_to(jsonb_build_array(${DIMENSIONS.join(', ')})::text, 'UTF8'))`;

/** What is added up: a column of the rollup, and what a group of records has of it. */
const SUMS: readonly (readonly [column: string, sum: string])[] = [
  ['calls', 'count(*)'],
  ['completed', `count(*) FILTER (WHERE status = 'completed')`],
  ['failed', `count(*) FILTER (WHERE status = 'failed')`],
  ['aborted', `count(*) FILTER (WHERE status = 'aborted')`],
  ...[
    'input_uncached',
    'cache_read',
    'cache_write_5m',
    'cache_write_1h',
    'input_audio',
    'output',
    'reasoning',
    'output_audio',
  ].map((bucket) => [bucket, `sum(${bucket})`] as const),
  ['cost', 'coalesce(sum(cost), 0)'],
  ['unpriced', 'count(*) FILTER (WHERE cost IS NULL)'],
];

/** What a rollup has the sums of. */
export const ROLLUP_SUMS: readonly string[] = SUMS.map(([column]) => column);

/**
 * SQL that adds records to the rollups of their days.
 *
 * A rollup is found by a digest of its dimensions: of them all an index row could grow too long, and some may be null.
 * Rows are taken in the order of the primary key, so that replicas that store at the same time wait for each other and
 * never in a circle.
 * @param schema quoted
 * @param records a table with the columns of `usage_record`
 */
export function rollUp(schema: string, records: string): string {
  const dimensions = DIMENSIONS.join(', ');
  return `
    INSERT INTO ${schema}.usage_rollup AS kept (day, dimensions, ${dimensions}, ${ROLLUP_SUMS.join(', ')})
    SELECT ${DAY} AS day,
           ${DIGEST} AS dimensions,
           ${dimensions},
           ${SUMS.map(([, sum]) => sum).join(', ')}
      FROM ${records}
     GROUP BY day, ${dimensions}
     ORDER BY day, dimensions
        ON CONFLICT (day, dimensions) DO UPDATE
       SET ${ROLLUP_SUMS.map((column) => `${column} = kept.${column} + excluded.${column}`).join(', ')}`;
}

/**
 * SQL of common table expressions that bring changed costs to the rollups of their days. Rows are locked in the order in
 * which `rollUp` takes them.
 * @param schema quoted
 * @param records a table with the columns of `usage_record`, `cost` as it was, and `new_cost`
 */
export function moveCosts(schema: string, records: string): string {
  return `moved AS (
    SELECT ${DAY} AS day, ${DIGEST} AS dimensions,
           sum(new_cost) - coalesce(sum(cost), 0) AS cost,
           count(*) FILTER (WHERE cost IS NULL) AS priced
      FROM ${records}
     GROUP BY day, ${DIMENSIONS.join(', ')}
  ), locked AS (
    SELECT kept.day, kept.dimensions
      FROM ${schema}.usage_rollup AS kept JOIN moved ON (kept.day, kept.dimensions) = (moved.day, moved.dimensions)
     ORDER BY kept.day, kept.dimensions
       FOR UPDATE OF kept
  ), rolled_up AS (
    UPDATE ${schema}.usage_rollup AS kept
       SET cost = kept.cost + moved.cost, unpriced = kept.unpriced - moved.priced
      FROM moved JOIN locked ON (locked.day, locked.dimensions) = (moved.day, moved.dimensions)
     WHERE (kept.day, kept.dimensions) = (moved.day, moved.dimensions)
  )`;
}
