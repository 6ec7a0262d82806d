import { type CallContext } from '../../events/call-context.js';
import { type Limit, type LimitDecision, type LimitState } from '../../limits/rate-limiter.js';

const HEADERS = {
  requests: ['x-ratelimit-limit-requests', 'x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests'],
  tokens: ['x-ratelimit-limit-tokens', 'x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens'],
} as const;

/**
 * Sets OpenAI's headers: of several limits of one unit, that which refuses, or else that which leaves least.
 *
 * @see https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers
 */
export function setLimitHeaders(call: CallContext, limits: readonly Limit[], decision: LimitDecision): void {
  setHeadersOf(call, 'requests', limits, decision);
  setHeadersOf(call, 'tokens', limits, decision);
}

function setHeadersOf(
  call: CallContext,
  unit: 'requests' | 'tokens',
  limits: readonly Limit[],
  { refusedBy, states }: LimitDecision,
): void {
  let shown: Limit | undefined;
  let shownState: LimitState | undefined;
  for (let at = 0; at < limits.length; at++) {
    const limit = limits[at];
    const state = states[at];
    if (limit?.unit !== unit || state === undefined) continue;
    const isTighter = shownState === undefined || state.remaining < shownState.remaining;
    if (!isTighter && at !== refusedBy) continue;
    shown = limit;
    shownState = state;
    if (at === refusedBy) break;
  }
  if (shown === undefined || shownState === undefined) return;
  const [limitName, remainingName, resetName] = HEADERS[unit];
  call.setHeader(limitName, String(shown.limit));
  call.setHeader(remainingName, String(shownState.remaining));
  call.setHeader(resetName, durationText(shownState.resetMs));
}

/** As OpenAI writes durations: `20ms`, `1.5s`, `6m0s`, `23h59m59s`. */
export function durationText(milliseconds: number): string {
  // A clock of doubles is off by less than that, and would make 60.001 s of a minute.
  const rounded = Math.ceil(Math.max(0, milliseconds - 0.001));
  if (rounded < 1000) return `${rounded}ms`;
  const hours = Math.floor(rounded / 3_600_000);
  const minutes = Math.floor((rounded % 3_600_000) / 60_000);
  const seconds = `${(rounded % 60_000) / 1000}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
