import { NO_TOKENS, type TokenUsage } from '../../protocol/token-usage.js';
import { type UsageRecord } from '../usage-record.js';

/** All members of a record side by side; what is null or zero may be missing. */
type Encoded = { [Name in keyof (Omit<UsageRecord, 'tokens'> & TokenUsage)]?: unknown };

const ABSENT = {
  firstChunkMs: null,
  keyId: null,
  team: null,
  organization: null,
  endUser: null,
  tag: null,
  provider: null,
  upstreamModel: null,
  answeredBy: null,
  errorCode: null,
  units: null,
  cost: null,
  priceVersion: null,
  failedAttemptsCost: 0n,
};

const BIGINTS: ReadonlySet<string> = new Set(['cost', 'failedAttemptsCost', 'leased']);

/** A usage record on one line of JSON, its tokens beside the other members. What waits to be stored waits in this form. */
export type UsageRecordLine = string;

export function encodeUsageRecord(record: UsageRecord): UsageRecordLine {
  const { tokens } = record;
  // One flat object, written out: spreading the two takes several times as long. Nothing and zero are left out.
  return JSON.stringify({
    requestId: record.requestId,
    // Milliseconds since 1970: to spell a date takes as long as all other members together.
    startedAt: record.startedAt.getTime(),
    durationMs: record.durationMs,
    firstChunkMs: record.firstChunkMs ?? undefined,
    operation: record.operation,
    streaming: record.streaming,
    keyId: record.keyId ?? undefined,
    keyName: record.keyName,
    team: record.team ?? undefined,
    organization: record.organization ?? undefined,
    endUser: record.endUser ?? undefined,
    tag: record.tag ?? undefined,
    requestModel: record.requestModel,
    model: record.model,
    provider: record.provider ?? undefined,
    upstreamModel: record.upstreamModel ?? undefined,
    answeredBy: record.answeredBy ?? undefined,
    status: record.status,
    httpStatus: record.httpStatus,
    errorCode: record.errorCode ?? undefined,
    grade: record.grade,
    inputUncached: tokens.inputUncached || undefined,
    cacheRead: tokens.cacheRead || undefined,
    cacheWrite5m: tokens.cacheWrite5m || undefined,
    cacheWrite1h: tokens.cacheWrite1h || undefined,
    inputAudio: tokens.inputAudio || undefined,
    output: tokens.output || undefined,
    reasoning: tokens.reasoning || undefined,
    outputAudio: tokens.outputAudio || undefined,
    units: record.units ?? undefined,
    // As text: JSON has no whole numbers beyond 2^53.
    cost: record.cost === null ? undefined : String(record.cost),
    priceVersion: record.priceVersion ?? undefined,
    failedAttemptsCost: record.failedAttemptsCost === 0n ? undefined : String(record.failedAttemptsCost),
    attempts: record.attempts,
    charges: record.charges,
    lease: record.lease,
    leased: record.leased === undefined ? undefined : String(record.leased),
  } satisfies Record<keyof Encoded, unknown>);
}

/** @param line as `encodeUsageRecord` made it, or an earlier release, which spelt the time as text. */
export function decodeUsageRecord(line: UsageRecordLine): UsageRecord {
  const { startedAt, ...encoded } = JSON.parse(line) as Omit<Encoded, 'startedAt'> & {
    startedAt: number | string | null;
  };
  const tokens: Record<keyof TokenUsage, number> = { ...NO_TOKENS };
  const record: Record<string, unknown> = { ...ABSENT, startedAt: new Date(startedAt ?? Number.NaN), tokens };
  for (const [name, value] of Object.entries(encoded)) {
    if (isBucket(name)) tokens[name] = Number(value);
    else if (BIGINTS.has(name)) record[name] = BigInt(String(value));
    else record[name] = value;
  }
  // Every member was there, or has its value for absence.
  return record as unknown as UsageRecord;
}

function isBucket(name: string): name is keyof TokenUsage {
  return name in NO_TOKENS;
}
