import { Injectable } from '@nestjs/common';
import { type UsageRecord } from '../../extensions/usage-record.js';
import { MemoryUsageRecordRepository } from '../../extensions/usage/memory-usage-record.repository.js';
import { UsageRecordRepository } from '../../extensions/usage/usage-record.repository.js';
import { NO_TOKENS, type TokenUsage } from '../../protocol/token-usage.js';
import {
  MAX_TOTALS,
  type UsageDimension,
  type UsageFilter,
  type UsageGroup,
  UsageQueries,
  type UsageTotal,
} from './usage-queries.js';

const GROUPED: { readonly [Dimension in UsageDimension]: (record: UsageRecord) => UsageGroup[Dimension] } = {
  day: ({ startedAt }) => startedAt.toISOString().slice(0, 10),
  hour: ({ startedAt }) => `${startedAt.toISOString().slice(0, 13)}:00:00Z`,
  key: ({ keyId, keyName }) => ({ id: keyId, name: keyName }),
  team: ({ team }) => team,
  organization: ({ organization }) => organization,
  endUser: ({ endUser }) => endUser,
  tag: ({ tag }) => tag,
  model: ({ model }) => model,
  provider: ({ provider }) => provider,
  operation: ({ operation }) => operation,
};

/** Answers from the records that are in memory: the latest ones. */
@Injectable()
export class MemoryUsageQueries extends UsageQueries {
  constructor(private readonly repository: UsageRecordRepository) {
    super();
  }

  records(filter: UsageFilter, limit: number, before?: string): Promise<readonly UsageRecord[]> {
    const found = this.matching(filter)
      .filter(({ requestId }) => before === undefined || requestId < before)
      .sort((a, b) => (a.requestId < b.requestId ? 1 : -1));
    return Promise.resolve(found.slice(0, limit));
  }

  totals(by: readonly UsageDimension[], filter: UsageFilter): Promise<readonly UsageTotal[]> {
    const groups = new Map<string, { group: UsageGroup; records: UsageRecord[] }>();
    for (const record of this.matching(filter)) {
      const group: UsageGroup = Object.fromEntries(by.map((dimension) => [dimension, GROUPED[dimension](record)]));
      const { key } = group;
      const name = JSON.stringify(typeof key?.id === 'string' ? { ...group, key: key.id } : group);
      const known = groups.get(name);
      if (known === undefined) groups.set(name, { group, records: [record] });
      else known.records.push(record);
    }
    const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, MAX_TOTALS);
    return Promise.resolve(sorted.map(([, { group, records }]) => totalOf(group, records)));
  }

  private matching(filter: UsageFilter): UsageRecord[] {
    const records = this.repository instanceof MemoryUsageRecordRepository ? this.repository.all() : [];
    return records.filter((record) => isLike(record, filter));
  }
}

function isLike(record: UsageRecord, { from, to, key, ...equal }: UsageFilter): boolean {
  if (from !== undefined && record.startedAt < from) return false;
  if (to !== undefined && record.startedAt >= to) return false;
  if (key !== undefined && record.keyId !== key && record.keyName !== key) return false;
  return (Object.keys(equal) as (keyof typeof equal)[]).every(
    (name) => equal[name] === undefined || record[name] === equal[name],
  );
}

function totalOf(group: UsageGroup, records: readonly UsageRecord[]): UsageTotal {
  const tokens: Record<keyof TokenUsage, number> = { ...NO_TOKENS };
  for (const record of records) {
    for (const bucket of Object.keys(tokens) as (keyof TokenUsage)[]) tokens[bucket] += record.tokens[bucket];
  }
  const countOf = (status: string): number => records.filter((record) => record.status === status).length;
  return {
    group,
    calls: records.length,
    completed: countOf('completed'),
    failed: countOf('failed'),
    aborted: countOf('aborted'),
    tokens,
    cost: records.reduce((sum, { cost }) => sum + (cost ?? 0n), 0n),
    unpriced: records.filter(({ cost }) => cost === null).length,
  };
}
