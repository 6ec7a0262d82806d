import { GatewayError } from '../../errors/gateway-error.js';
import { type Limit, type LimitDecision } from '../../limits/rate-limiter.js';
import { durationText } from './limit-headers.js';

/** OpenAI's SDKs wait no longer than this by themselves; what takes longer they would ask again much too soon. */
const LONGEST_WAIT_MS = 60_000;

/** What a client is told whom a limit refuses. */
export function limitError({ unit, limit, windowMs }: Limit, { retryAfterMs, tokens }: LimitDecision): GatewayError {
  const type = unit === 'tokens' ? 'tokens' : 'requests';
  const isHopeless = !Number.isFinite(retryAfterMs);
  const allowed = `${limit} ${unit === 'concurrent' ? 'requests at once' : `${unit} per ${windowMs > 60_000 ? 'day' : 'minute'}`}`;
  const message = isHopeless
    ? `The request is too large: the limit is ${allowed}, and it may take ${tokens}.`
    : `The limit of ${allowed} is reached. Please try again in ${durationText(retryAfterMs)}.`;
  return new GatewayError(
    'rate_limit_exceeded',
    {
      message,
      ...(isHopeless ? {} : { retryAfter: retryAfterMs / 1000 }),
      ...(retryAfterMs > LONGEST_WAIT_MS ? { shouldRetry: false } : {}),
    },
    { status: 429, type, code: 'rate_limit_exceeded' },
  );
}
