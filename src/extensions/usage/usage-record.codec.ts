import { NO_TOKENS, type TokenUsage } from '../../protocol/token-usage.js';
import { type AttemptRecord, type UsageRecord } from '../usage-record.js';

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

/**
 * Put together by hand, since every call has one: `JSON.stringify` of the same object takes three times as long. Nothing
 * and zero are left out.
 */
export function encodeUsageRecord(record: UsageRecord): UsageRecordLine {
  const { startedAt, firstChunkMs, tokens, cost, failedAttemptsCost, charges, lease, leased } = record;
  // Ids, statuses and names of operations are ours and need no escaping.
  return (
    `{"requestId":"${record.requestId}","startedAt":${timeText(startedAt)},"durationMs":${number(record.durationMs)}` +
    (firstChunkMs === null ? '' : `,"firstChunkMs":${number(firstChunkMs)}`) +
    `,"operation":"${record.operation}","streaming":${record.streaming},"status":"${record.status}"` +
    `,"httpStatus":${record.httpStatus},"grade":"${record.grade}"` +
    named('keyId', record.keyId) +
    named('keyName', record.keyName) +
    named('team', record.team) +
    named('organization', record.organization) +
    text('endUser', record.endUser) +
    text('tag', record.tag) +
    text('requestModel', record.requestModel) +
    named('model', record.model) +
    named('provider', record.provider) +
    named('upstreamModel', record.upstreamModel) +
    named('answeredBy', record.answeredBy) +
    named('errorCode', record.errorCode) +
    named('priceVersion', record.priceVersion) +
    count('inputUncached', tokens.inputUncached) +
    count('cacheRead', tokens.cacheRead) +
    count('cacheWrite5m', tokens.cacheWrite5m) +
    count('cacheWrite1h', tokens.cacheWrite1h) +
    count('inputAudio', tokens.inputAudio) +
    count('output', tokens.output) +
    count('reasoning', tokens.reasoning) +
    count('outputAudio', tokens.outputAudio) +
    json('units', record.units ?? undefined) +
    // As text: JSON has no whole numbers beyond 2^53.
    (cost === null ? '' : `,"cost":"${cost}"`) +
    (failedAttemptsCost === 0n ? '' : `,"failedAttemptsCost":"${failedAttemptsCost}"`) +
    `,"attempts":[${record.attempts.map(attemptText).join(',')}]` +
    json('charges', charges) +
    (lease === undefined ? '' : `,"lease":"${lease}"`) +
    (leased === undefined ? '' : `,"leased":"${leased}"`) +
    '}'
  );
}

function attemptText({ deployment, status, error, durationMs, keyIndex, warnings }: AttemptRecord): string {
  return (
    `{"deployment":${quoted(deployment)},"status":${status}` +
    `,"error":${error === null ? 'null' : quoted(error)},"durationMs":${number(durationMs)}` +
    (keyIndex === undefined ? '' : `,"keyIndex":${keyIndex}`) +
    json('warnings', warnings) +
    '}'
  );
}

function timeText(time: Date): string {
  return Number.isNaN(time.getTime()) ? 'null' : `"${time.toISOString()}"`;
}

/** JSON has no others. */
function number(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** What nobody has counted is zero, and neither is written. */
function count(member: string, value: number): string {
  return value > 0 && value < Number.POSITIVE_INFINITY ? `,"${member}":${value}` : '';
}

/** Of clients: there may be any number of them. */
function text(member: string, value: string | null): string {
  return value === null ? '' : `,"${member}":${JSON.stringify(value)}`;
}

/** Of the operator: there are few of them. */
function named(member: string, value: string | null): string {
  return value === null ? '' : `,"${member}":${quoted(value)}`;
}

/** JSON texts of names that come again and again. */
const quotedNames = new Map<string, string>();
const MAX_QUOTED_NAMES = 1_000;

function quoted(value: string): string {
  let known = quotedNames.get(value);
  if (known === undefined) {
    known = JSON.stringify(value);
    if (quotedNames.size >= MAX_QUOTED_NAMES) quotedNames.clear();
    quotedNames.set(value, known);
  }
  return known;
}

function json(member: string, value: unknown): string {
  return value === undefined ? '' : `,"${member}":${JSON.stringify(value)}`;
}

/** @param line as `encodeUsageRecord` made it. */
export function decodeUsageRecord(line: UsageRecordLine): UsageRecord {
  const { startedAt, ...encoded } = JSON.parse(line) as Omit<Encoded, 'startedAt'> & { startedAt: string | null };
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
