import { uuidv7 } from 'uuidv7';
import { type UsageRecord } from '../../src/extensions/usage-record.js';
import { NO_TOKENS } from '../../src/protocol/token-usage.js';

/** A plausible usage record with a new request id. */
export function usageRecord(changes: Partial<UsageRecord> = {}): UsageRecord {
  return {
    requestId: uuidv7(),
    startedAt: new Date('2026-03-01T12:00:00.123Z'),
    durationMs: 812.25,
    firstChunkMs: 120.5,
    operation: 'chat',
    streaming: true,
    keyId: 'abcdefghijkl',
    keyName: 'tests',
    team: 'search',
    organization: 'acme',
    endUser: 'user-1',
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
