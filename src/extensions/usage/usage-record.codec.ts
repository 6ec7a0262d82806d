import { type TokenUsage } from '../../protocol/token-usage.js';
import { type UsageRecord } from './usage-record.js';

/** A usage record on one line of JSON, its tokens beside the other members. What waits to be stored waits in this form. */
export type UsageRecordLine = string;

export function encodeUsageRecord(record: UsageRecord): UsageRecordLine {
  const { tokens } = record;
  // One flat object, written out: spreading the two takes several times as long.
  return JSON.stringify({
    requestId: record.requestId,
    startedAt: record.startedAt,
    durationMs: record.durationMs,
    firstChunkMs: record.firstChunkMs,
    operation: record.operation,
    streaming: record.streaming,
    keyId: record.keyId,
    keyName: record.keyName,
    endUser: record.endUser,
    requestModel: record.requestModel,
    model: record.model,
    provider: record.provider,
    upstreamModel: record.upstreamModel,
    status: record.status,
    httpStatus: record.httpStatus,
    errorCode: record.errorCode,
    grade: record.grade,
    inputUncached: tokens.inputUncached,
    cacheRead: tokens.cacheRead,
    cacheWrite5m: tokens.cacheWrite5m,
    cacheWrite1h: tokens.cacheWrite1h,
    inputAudio: tokens.inputAudio,
    output: tokens.output,
    reasoning: tokens.reasoning,
    outputAudio: tokens.outputAudio,
    attempts: record.attempts,
  } satisfies Omit<UsageRecord, 'tokens'> & TokenUsage);
}

/** @param line as `encodeUsageRecord` made it. */
export function decodeUsageRecord(line: UsageRecordLine): UsageRecord {
  const { inputUncached, cacheRead, cacheWrite5m, cacheWrite1h, inputAudio, output, reasoning, outputAudio, ...rest } =
    JSON.parse(line) as Omit<UsageRecord, 'tokens' | 'startedAt'> & TokenUsage & { startedAt: string | null };
  const tokens = { inputUncached, cacheRead, cacheWrite5m, cacheWrite1h, inputAudio, output, reasoning, outputAudio };
  return { ...rest, startedAt: new Date(rest.startedAt ?? Number.NaN), tokens };
}
