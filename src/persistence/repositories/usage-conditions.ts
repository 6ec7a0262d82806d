import { type UsageFilter } from '../../admin/usage/usage-queries.js';
import { storableText } from '../postgres-values.js';
import { leastIdBeyond, leastIdFrom } from '../record-ids.js';

/** The members of a filter that a column must equal. */
const EQUAL = [
  ['team', 'team'],
  ['organization', 'organization'],
  ['endUser', 'end_user'],
  ['tag', 'tag'],
  ['model', 'model'],
  ['provider', 'provider'],
  ['operation', 'operation'],
  ['status', 'status'],
  ['grade', 'grade'],
] as const;

/** The WHERE clause of a filter, but for its key and its times, and its parameters. */
export class UsageConditions {
  readonly parameters: string[] = [];
  readonly #conditions: string[] = [];

  constructor(private readonly filter: UsageFilter) {
    for (const [name, columnName] of EQUAL) {
      const value = filter[name];
      if (value !== undefined) this.add((parameter) => `${columnName} = ${parameter}`, value);
    }
  }

  parameter(value: string): string {
    return `$${this.parameters.push(storableText(value))}`;
  }

  add(condition: (parameter: string) => string, value: string): void {
    this.#conditions.push(condition(this.parameter(value)));
  }

  /** Ids begin with the time, and lead to the records. */
  addTimesOfRecords(): void {
    const { from, to } = this.filter;
    if (from !== undefined) {
      this.add((parameter) => `started_at >= ${parameter}`, from.toISOString());
      this.add((parameter) => `request_id >= ${parameter}::uuid`, leastIdFrom(from));
    }
    if (to !== undefined) {
      this.add((parameter) => `started_at < ${parameter}`, to.toISOString());
      this.add((parameter) => `request_id < ${parameter}::uuid`, leastIdBeyond(to));
    }
  }

  /** @param more conditions */
  clause(...more: readonly string[]): string {
    const all = [...this.#conditions, ...more];
    return all.length === 0 ? '' : `WHERE ${all.join(' AND ')}`;
  }
}
