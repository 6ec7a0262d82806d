import { V7Generator } from 'uuidv7';
import { type UsageRecord } from '../../src/extensions/usage-record.js';
import { NO_TOKENS } from '../../src/protocol/token-usage.js';

const ids = new V7Generator();
ids.setRollbackAllowance(0);

/** A request id as the gateway makes it for a call of that time; those of one time are in their order. */
export function requestIdAt(time: Date): string {
  return ids.generateOrResetWithTs(time.getTime() >= 0 ? time.getTime() : Date.now()).toString();
}

/** A plausible usage record with a new request id. */
export function usageRecord(changes: Partial<UsageRecord> = {}): UsageRecord {
  const startedAt = changes.startedAt ?? new Date('2026-03-01T12:00:00.123Z');
  return {
    requestId: requestIdAt(startedAt),
    startedAt,
    durationMs: 812.25,
    firstChunkMs: 120.5,
    operation: 'chat',
    streaming: true,
    keyId: 'abcdefghijkl',
    keyName: 'tests',
    team: 'search',
    organization: 'acme',
    endUser: 'user-1',
    tag: 'nightly',
    requestModel: 'fast',
    model: 'gpt-4o-mini',
    provider: 'openai',
    upstreamModel: 'gpt-4o-mini',
    answeredBy: null,
    status: 'completed',
    httpStatus: 200,
    errorCode: null,
    grade: 'exact',
    tokens: { ...NO_TOKENS, inputUncached: 12, output: 34 },
    units: null,
    cost: 21_000_000_000n,
    priceVersion: '2026-11-01',
    failedAttemptsCost: 0n,
    attempts: [{ deployment: 'openai/gpt-4o-mini', status: 200, error: null, durationMs: 810 }],
    ...changes,
  };
}
