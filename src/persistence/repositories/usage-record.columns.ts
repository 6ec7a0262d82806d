import { createHash } from 'node:crypto';
import { type UsageRecord } from '../../extensions/usage-record.js';
import {
  isUuid,
  storableCost,
  storableCount,
  storableJson,
  storableNumber,
  storableSmallInteger,
  storableText,
  storableTextOrNull,
  storableTime,
} from '../postgres-values.js';

type ColumnType = 'uuid' | 'timestamptz' | 'double precision' | 'text' | 'boolean' | 'smallint' | 'bigint' | 'jsonb';
type ColumnValue = string | number | boolean | null;

export interface UsageRecordColumn {
  readonly name: string;
  /** What it is called on an encoded record. */
  readonly member: string;
  readonly type: ColumnType;
  /** It may hold nothing, which is not the same as zero. */
  readonly isNullable?: true;
  /** The record's value in a form that Postgres takes, whatever the record holds. */
  value(record: UsageRecord): ColumnValue;
}

/** The columns of `usage_record`: the insert statement and its parameters are both made from this list. */
export const USAGE_RECORD_COLUMNS: readonly UsageRecordColumn[] = [
  { name: 'request_id', member: 'requestId', type: 'uuid', value: ({ requestId }) => uuidFor(requestId) },
  { name: 'started_at', member: 'startedAt', type: 'timestamptz', value: ({ startedAt }) => storableTime(startedAt) },
  {
    name: 'duration_ms',
    member: 'durationMs',
    type: 'double precision',
    value: ({ durationMs }) => storableNumber(durationMs),
  },
  {
    name: 'first_chunk_ms',
    member: 'firstChunkMs',
    type: 'double precision',
    value: ({ firstChunkMs }) => (firstChunkMs === null ? null : storableNumber(firstChunkMs)),
  },
  { name: 'operation', member: 'operation', type: 'text', value: ({ operation }) => storableText(operation) },
  { name: 'streaming', member: 'streaming', type: 'boolean', value: ({ streaming }) => streaming },
  { name: 'key_id', member: 'keyId', type: 'text', value: ({ keyId }) => storableTextOrNull(keyId) },
  { name: 'key_name', member: 'keyName', type: 'text', value: ({ keyName }) => storableText(keyName) },
  { name: 'team', member: 'team', type: 'text', value: ({ team }) => storableTextOrNull(team) },
  {
    name: 'organization',
    member: 'organization',
    type: 'text',
    value: ({ organization }) => storableTextOrNull(organization),
  },
  { name: 'end_user', member: 'endUser', type: 'text', value: ({ endUser }) => storableTextOrNull(endUser) },
  { name: 'tag', member: 'tag', type: 'text', value: ({ tag }) => storableTextOrNull(tag) },
  {
    name: 'request_model',
    member: 'requestModel',
    type: 'text',
    value: ({ requestModel }) => storableText(requestModel),
  },
  { name: 'model', member: 'model', type: 'text', value: ({ model }) => storableText(model) },
  { name: 'provider', member: 'provider', type: 'text', value: ({ provider }) => storableTextOrNull(provider) },
  {
    name: 'upstream_model',
    member: 'upstreamModel',
    type: 'text',
    value: ({ upstreamModel }) => storableTextOrNull(upstreamModel),
  },
  {
    name: 'answered_by',
    member: 'answeredBy',
    type: 'text',
    value: ({ answeredBy }) => storableTextOrNull(answeredBy),
  },
  { name: 'status', member: 'status', type: 'text', value: ({ status }) => status },
  {
    name: 'http_status',
    member: 'httpStatus',
    type: 'smallint',
    value: ({ httpStatus }) => storableSmallInteger(httpStatus),
  },
  { name: 'error_code', member: 'errorCode', type: 'text', value: ({ errorCode }) => storableTextOrNull(errorCode) },
  { name: 'grade', member: 'grade', type: 'text', value: ({ grade }) => grade },
  {
    name: 'input_uncached',
    member: 'inputUncached',
    type: 'bigint',
    value: ({ tokens }) => storableCount(tokens.inputUncached),
  },
  { name: 'cache_read', member: 'cacheRead', type: 'bigint', value: ({ tokens }) => storableCount(tokens.cacheRead) },
  {
    name: 'cache_write_5m',
    member: 'cacheWrite5m',
    type: 'bigint',
    value: ({ tokens }) => storableCount(tokens.cacheWrite5m),
  },
  {
    name: 'cache_write_1h',
    member: 'cacheWrite1h',
    type: 'bigint',
    value: ({ tokens }) => storableCount(tokens.cacheWrite1h),
  },
  {
    name: 'input_audio',
    member: 'inputAudio',
    type: 'bigint',
    value: ({ tokens }) => storableCount(tokens.inputAudio),
  },
  { name: 'output', member: 'output', type: 'bigint', value: ({ tokens }) => storableCount(tokens.output) },
  { name: 'reasoning', member: 'reasoning', type: 'bigint', value: ({ tokens }) => storableCount(tokens.reasoning) },
  {
    name: 'output_audio',
    member: 'outputAudio',
    type: 'bigint',
    value: ({ tokens }) => storableCount(tokens.outputAudio),
  },
  {
    name: 'units',
    member: 'units',
    type: 'jsonb',
    value: ({ units }) => (units === null ? null : storableJson(units)),
  },
  { name: 'cost', member: 'cost', type: 'bigint', isNullable: true, value: ({ cost }) => storableCost(cost) },
  {
    name: 'price_version',
    member: 'priceVersion',
    type: 'text',
    value: ({ priceVersion }) => storableTextOrNull(priceVersion),
  },
  {
    name: 'failed_attempts_cost',
    member: 'failedAttemptsCost',
    type: 'bigint',
    value: ({ failedAttemptsCost }) => storableCost(failedAttemptsCost),
  },
  { name: 'attempts', member: 'attempts', type: 'jsonb', value: ({ attempts }) => storableJson(attempts) },
];

// An id that is no UUID still leaves one record, however often it is stored.
function uuidFor(requestId: string): string {
  if (isUuid(requestId)) {
    return requestId;
  }
  return createHash('sha256').update(requestId).digest('hex').slice(0, 32);
}
