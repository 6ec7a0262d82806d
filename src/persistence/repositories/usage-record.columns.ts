import { createHash } from 'node:crypto';
import { type UsageRecord } from '../../extensions/usage/usage-record.js';
import {
  isUuid,
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
  readonly type: ColumnType;
  /** The record's value in a form that Postgres takes, whatever the record holds. */
  value(record: UsageRecord): ColumnValue;
}

/** The columns of `usage_record`: the insert statement and its parameters are both made from this list. */
export const USAGE_RECORD_COLUMNS: readonly UsageRecordColumn[] = [
  { name: 'request_id', type: 'uuid', value: ({ requestId }) => uuidFor(requestId) },
  { name: 'started_at', type: 'timestamptz', value: ({ startedAt }) => storableTime(startedAt) },
  { name: 'duration_ms', type: 'double precision', value: ({ durationMs }) => storableNumber(durationMs) },
  {
    name: 'first_chunk_ms',
    type: 'double precision',
    value: ({ firstChunkMs }) => (firstChunkMs === null ? null : storableNumber(firstChunkMs)),
  },
  { name: 'operation', type: 'text', value: ({ operation }) => storableText(operation) },
  { name: 'streaming', type: 'boolean', value: ({ streaming }) => streaming },
  { name: 'key_id', type: 'text', value: ({ keyId }) => storableTextOrNull(keyId) },
  { name: 'key_name', type: 'text', value: ({ keyName }) => storableText(keyName) },
  { name: 'end_user', type: 'text', value: ({ endUser }) => storableTextOrNull(endUser) },
  { name: 'request_model', type: 'text', value: ({ requestModel }) => storableText(requestModel) },
  { name: 'model', type: 'text', value: ({ model }) => storableText(model) },
  { name: 'provider', type: 'text', value: ({ provider }) => storableTextOrNull(provider) },
  { name: 'upstream_model', type: 'text', value: ({ upstreamModel }) => storableTextOrNull(upstreamModel) },
  { name: 'status', type: 'text', value: ({ status }) => status },
  { name: 'http_status', type: 'smallint', value: ({ httpStatus }) => storableSmallInteger(httpStatus) },
  { name: 'error_code', type: 'text', value: ({ errorCode }) => storableTextOrNull(errorCode) },
  { name: 'grade', type: 'text', value: ({ grade }) => grade },
  { name: 'input_uncached', type: 'bigint', value: ({ tokens }) => storableCount(tokens.inputUncached) },
  { name: 'cache_read', type: 'bigint', value: ({ tokens }) => storableCount(tokens.cacheRead) },
  { name: 'cache_write_5m', type: 'bigint', value: ({ tokens }) => storableCount(tokens.cacheWrite5m) },
  { name: 'cache_write_1h', type: 'bigint', value: ({ tokens }) => storableCount(tokens.cacheWrite1h) },
  { name: 'input_audio', type: 'bigint', value: ({ tokens }) => storableCount(tokens.inputAudio) },
  { name: 'output', type: 'bigint', value: ({ tokens }) => storableCount(tokens.output) },
  { name: 'reasoning', type: 'bigint', value: ({ tokens }) => storableCount(tokens.reasoning) },
  { name: 'output_audio', type: 'bigint', value: ({ tokens }) => storableCount(tokens.outputAudio) },
  { name: 'attempts', type: 'jsonb', value: ({ attempts }) => storableJson(attempts) },
];

// An id that is no UUID still leaves one record, however often it is stored.
function uuidFor(requestId: string): string {
  if (isUuid(requestId)) {
    return requestId;
  }
  return createHash('sha256').update(requestId).digest('hex').slice(0, 32);
}
