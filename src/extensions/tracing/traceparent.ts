import { isSpanContextValid, type SpanContext, TraceFlags } from '@opentelemetry/api';

/** Of the version 00; what a later one adds stands behind it. Hexadecimal digits are lower case. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}(?:-.*)?$/;
const VERSION_00 = /^00-.{52}$/;

/**
 * The span that a client's header names; `undefined` for a header that is none. Whether the trace is kept is not for the
 * client to say: it would cost us, or hide it from us.
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function remoteParent(header: unknown, sampling: number): SpanContext | undefined {
  if (typeof header !== 'string' || header.length > 256) return undefined;
  const [, traceId, spanId] = TRACEPARENT.exec(header) ?? [];
  if (traceId === undefined || spanId === undefined) return undefined;
  if (header.startsWith('00') && !VERSION_00.test(header)) return undefined;
  const traceFlags = isKept(traceId, sampling) ? TraceFlags.SAMPLED : TraceFlags.NONE;
  const parent = { traceId, spanId, traceFlags, isRemote: true };
  return isSpanContextValid(parent) ? parent : undefined;
}

/** By the last digits, which are random: so that all who ask about a trace decide alike. */
function isKept(traceId: string, sampling: number): boolean {
  return Number.parseInt(traceId.slice(-8), 16) < sampling * 0x1_0000_0000;
}

export function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
