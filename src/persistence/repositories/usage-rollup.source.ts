import { type UsageDimension, type UsageFilter } from '../../admin/usage/usage-queries.js';
import { type UsageConditions } from './usage-conditions.js';
import { ROLLUP_SUMS } from './usage-rollup.statement.js';

/** What `usage_by_month` is by, beside the month. */
const BY_MONTH = ['team', 'organization', 'model', 'provider', 'operation'];

/**
 * What stands behind FROM for sums of whole days, from the fewest rows that can tell: `usage_by_day` where it is not
 * about keys, teams or organisations; whole months from `usage_by_month` where it is not about keys or single days, and
 * the days before and after them from `usage_rollup`; and that for everything else.
 * @param schema quoted
 * @returns a table by the name of `summed`, and a WHERE clause where there is one
 */
export function rollupsFor(
  by: readonly UsageDimension[],
  filter: UsageFilter,
  conditions: UsageConditions,
  schema: string,
): string {
  const { from, to } = filter;
  const isAbout = (name: UsageDimension & keyof UsageFilter): boolean =>
    by.includes(name) || filter[name] !== undefined;
  const within = (table: string, period: 'day' | 'month', first: Date | undefined, end: Date | undefined): string => {
    const bounds = [
      ...(first === undefined ? [] : [`${period} >= ${conditions.parameter(dayOf(first))}`]),
      ...(end === undefined ? [] : [`${period} < ${conditions.parameter(dayOf(end))}`]),
    ];
    return `${schema}.${table} AS summed ${conditions.clause(...bounds)}`;
  };
  if (!isAbout('key') && !isAbout('team') && !isAbout('organization')) return within('usage_by_day', 'day', from, to);

  const [first, end] = [from && monthFrom(from), to && monthOf(to)];
  const isWholeMonths = first === undefined || end === undefined || first < end;
  if (isAbout('key') || by.includes('day') || !isWholeMonths) return within('usage_rollup', 'day', from, to);

  const columns = [...BY_MONTH, ...ROLLUP_SUMS].join(', ');
  const parts = [
    within('usage_by_month', 'month', first, end),
    ...(from !== undefined && from < monthFrom(from) ? [within('usage_rollup', 'day', from, first)] : []),
    ...(to !== undefined && monthOf(to) < to ? [within('usage_rollup', 'day', end, to)] : []),
  ];
  return `(${parts.map((part) => `SELECT ${columns} FROM ${part}`).join(' UNION ALL ')}) AS summed`;
}

/** The beginning of its month, of UTC. */
function monthOf(time: Date): Date {
  return new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth()));
}

/** The first beginning of a month that is not before. */
function monthFrom(time: Date): Date {
  const month = monthOf(time);
  return month < time ? new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + 1)) : month;
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}
