import { type AttemptRecord } from '../../extensions/usage-record.js';
import { type BillableUnits } from '../../protocol/billable-units.js';
import { type TokenUsage } from '../../protocol/token-usage.js';
import { answerSchema, FLAG, listOf, NUMBER, oneOf, orNull, TEXT, TIME, USD, WHOLE } from '../answer-schema.js';
import { type ShownRecord } from './shown-record.js';
import { type ShownTotal } from './shown-total.js';
import { USAGE_DIMENSIONS } from './usage-queries.js';

const TOKENS = answerSchema<TokenUsage>('Tokens', {
  inputUncached: WHOLE,
  cacheRead: WHOLE,
  cacheWrite5m: WHOLE,
  cacheWrite1h: WHOLE,
  inputAudio: WHOLE,
  output: WHOLE,
  reasoning: WHOLE,
  outputAudio: WHOLE,
});

const UNIT_SCHEMAS = {
  images: WHOLE,
  imageSize: TEXT,
  imageQuality: TEXT,
  seconds: NUMBER,
  isEstimated: FLAG,
  characters: WHOLE,
  searches: WHOLE,
  inputImageTokens: WHOLE,
  outputImageTokens: WHOLE,
  serviceTier: TEXT,
};
const UNIT_NAMES = Object.keys(UNIT_SCHEMAS) as (keyof BillableUnits)[];
const UNITS = answerSchema<BillableUnits>('Units', UNIT_SCHEMAS, undefined, UNIT_NAMES);

const ATTEMPT = answerSchema<AttemptRecord>(
  'Attempt',
  {
    deployment: TEXT,
    status: orNull(WHOLE),
    error: orNull(TEXT),
    durationMs: NUMBER,
    keyIndex: WHOLE,
    warnings: listOf(TEXT),
  },
  undefined,
  ['keyIndex', 'warnings'],
);

const RECORD = answerSchema<ShownRecord>('UsageRecord', {
  requestId: TEXT,
  startedAt: TIME,
  durationMs: NUMBER,
  firstChunkMs: orNull(NUMBER),
  operation: TEXT,
  streaming: FLAG,
  keyId: orNull(TEXT),
  keyName: TEXT,
  team: orNull(TEXT),
  organization: orNull(TEXT),
  endUser: orNull(TEXT),
  tag: orNull(TEXT),
  requestModel: TEXT,
  model: TEXT,
  provider: orNull(TEXT),
  upstreamModel: orNull(TEXT),
  answeredBy: orNull(TEXT),
  status: oneOf('completed', 'failed', 'aborted'),
  httpStatus: WHOLE,
  errorCode: orNull(TEXT),
  grade: oneOf('exact', 'estimated', 'none'),
  tokens: TOKENS,
  units: orNull(UNITS),
  cost: orNull(USD),
  priceVersion: orNull(TEXT),
  failedAttemptsCost: USD,
  attempts: listOf(ATTEMPT),
});

export const RECORD_PAGE = answerSchema<{ records: unknown; next: unknown }>('UsageRecordPage', {
  records: listOf(RECORD),
  next: orNull(TEXT),
});

const TOTAL_KEY = answerSchema<{ id: unknown; name: unknown }>('UsageTotalKey', { id: orNull(TEXT), name: TEXT });

const TOTAL = answerSchema<ShownTotal>(
  'UsageTotal',
  {
    day: TEXT,
    hour: TEXT,
    key: TOTAL_KEY,
    team: orNull(TEXT),
    organization: orNull(TEXT),
    endUser: orNull(TEXT),
    tag: orNull(TEXT),
    model: TEXT,
    provider: orNull(TEXT),
    operation: TEXT,
    calls: WHOLE,
    completed: WHOLE,
    failed: WHOLE,
    aborted: WHOLE,
    tokens: TOKENS,
    cost: USD,
    unpriced: WHOLE,
  },
  undefined,
  USAGE_DIMENSIONS,
);

export const TOTALS = answerSchema<{ totals: unknown; truncated: unknown }>('UsageTotals', {
  totals: listOf(TOTAL),
  truncated: FLAG,
});
