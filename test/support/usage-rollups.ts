import { type TestDatabase } from './postgres.js';

/** Each sum of the rollups, in SQL over records. */
const SUMS = {
  calls: 'count(*)',
  completed: `count(*) FILTER (WHERE status = 'completed')`,
  failed: `count(*) FILTER (WHERE status = 'failed')`,
  aborted: `count(*) FILTER (WHERE status = 'aborted')`,
  input_uncached: 'sum(input_uncached)',
  cache_read: 'sum(cache_read)',
  cache_write_5m: 'sum(cache_write_5m)',
  cache_write_1h: 'sum(cache_write_1h)',
  input_audio: 'sum(input_audio)',
  output: 'sum(output)',
  reasoning: 'sum(reasoning)',
  output_audio: 'sum(output_audio)',
  cost: 'coalesce(sum(cost), 0)',
  unpriced: 'count(*) FILTER (WHERE cost IS NULL)',
};

/** What each is by: the column of its time, and the others. */
const ROLLUPS = {
  usage_rollup: ['day', 'key_id, key_name, team, organization, model, provider, operation'],
  usage_by_month: ['month', 'team, organization, model, provider, operation'],
  usage_by_day: ['day', 'model, provider, operation'],
} as const;

/** Rows that stand on one side only: rollups, and what the records add up to. */
export async function rollupDifference(database: TestDatabase): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  for (const [table, [period, dimensions]] of Object.entries(ROLLUPS)) {
    const kept = `SELECT ${period}, ${dimensions}, ${Object.keys(SUMS).join(', ')} FROM nestgate.${table}`;
    const added = `SELECT date_trunc('${period}', started_at AT TIME ZONE 'UTC')::date, ${dimensions},
      ${Object.values(SUMS).join(', ')} FROM nestgate.usage_record GROUP BY 1, ${dimensions}`;
    found.push(...(await database.sql(`(${kept} EXCEPT ${added}) UNION ALL (${added} EXCEPT ${kept})`)));
  }
  return found;
}

/** Records and what they add up to. */
export async function removeUsage(database: TestDatabase): Promise<void> {
  const tables = ['usage_record', ...Object.keys(ROLLUPS)].map((table) => `nestgate.${table}`);
  await database.sql(`TRUNCATE ${tables.join(', ')}`);
}
