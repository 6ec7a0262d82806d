import { type GatewayError } from '../../errors/gateway-error.js';
import { type Attempt } from '../../events/attempt.js';
import { type CallContext } from '../../events/call-context.js';
import { FREE, type PriceBook } from '../../pricing/price-book.js';
import { isObject } from '../../protocol/json.js';
import { BYTES_PER_TOKEN, textBytesOf } from '../../protocol/text-bytes.js';
import { NO_TOKENS, totalInput, type TokenUsage } from '../../protocol/token-usage.js';
import { type AttemptRecord, type CallStatus, type UsageGrade, type UsageRecord } from '../usage-record.js';
import { unitsOfCall, unitsOfFailedTry } from './units-of-call.js';

/** What the voices of OpenAI make of text. */
const SPOKEN_TOKENS_PER_CHARACTER = 1.4;

/** nginx's status for a request whose client left before the answer. */
export const CLIENT_CLOSED_REQUEST = 499;

/** The record of a call that is over. */
export function usageRecordOf(
  call: CallContext,
  prices: PriceBook,
  status: CallStatus,
  error?: GatewayError,
): UsageRecord {
  const { lastAttempt } = call;
  const { settings } = call.principal;
  const counted = tokensOf(call, status);
  const isTaken = counted.grade !== 'none';
  const units = isTaken ? unitsOfCall(call, counted.grade === 'exact') : null;
  const { cost, priceVersion } = isTaken ? prices.costOf(call, counted.tokens, units ?? undefined) : FREE;
  return {
    requestId: call.requestId,
    startedAt: new Date(call.startedAt),
    durationMs: toMicrosecond(call.elapsed()),
    firstChunkMs: call.firstChunkMs === null ? null : toMicrosecond(call.firstChunkMs),
    operation: call.operation.name,
    streaming: call.streaming,
    keyId: call.principal.keyId,
    keyName: call.principal.keyName,
    team: settings.team ?? null,
    organization: settings.organization ?? null,
    endUser: call.endUser,
    tag: call.tag,
    requestModel: call.requestModel,
    model: lastAttempt?.target.model ?? call.model,
    provider: lastAttempt?.target.providerName ?? null,
    upstreamModel: lastAttempt?.target.upstreamModel ?? null,
    answeredBy: call.answeredBy,
    status,
    httpStatus: status === 'aborted' ? CLIENT_CLOSED_REQUEST : (call.sentStatus ?? error?.status ?? 200),
    errorCode: error === undefined ? null : (error.code ?? error.type),
    grade: counted.grade,
    tokens: counted.tokens,
    units,
    cost,
    priceVersion,
    failedAttemptsCost: wastedCost(call, prices, isTaken),
    attempts: attemptsOf(call),
    charges: call.charges,
    lease: call.leaseDraw?.lease,
    leased: call.leaseDraw?.settle(cost ?? 0n),
  };
}

/** What is known to have been billed for tries of which nothing was shown. @param isTaken the last try is what the call itself cost. */
function wastedCost(call: CallContext, prices: PriceBook, isTaken: boolean): bigint {
  const { attempts, startedAt } = call;
  let sum = 0n;
  for (const attempt of isTaken ? attempts.slice(0, -1) : attempts) {
    const { wasted, target } = attempt;
    if (wasted === undefined) continue;
    sum += prices.costAt(target, startedAt, wasted, unitsOfFailedTry(call, attempt)).cost ?? 0n;
  }
  return sum;
}

/** Those that were passed over stand before the tries, as it was decided. */
function attemptsOf({ attempts, passedOver }: CallContext): AttemptRecord[] {
  const tried = attempts.map(attemptRecordOf);
  if (passedOver.length === 0) return tried;
  return [
    ...passedOver.map(({ target, reason }) => ({ deployment: target.id, status: null, error: reason, durationMs: 0 })),
    ...tried,
  ];
}

function attemptRecordOf(attempt: Attempt): AttemptRecord {
  const { target, error, isOver, durationMs, keyIndex, warnings } = attempt;
  return {
    deployment: target.id,
    status: error === undefined ? (isOver ? 200 : null) : upstreamStatusOf(error),
    error: error === undefined ? null : (error.code ?? error.type),
    durationMs: toMicrosecond(durationMs),
    keyIndex: keyIndex ?? undefined,
    warnings: warnings.names.length === 0 ? undefined : warnings.names,
  };
}

/** What the clock says beyond that is noise, and twelve digits on every record. @param milliseconds */
function toMicrosecond(milliseconds: number): number {
  return Math.round(milliseconds * 1_000) / 1_000;
}

function upstreamStatusOf(error: GatewayError): number | null {
  return 'upstreamStatus' in error && typeof error.upstreamStatus === 'number' ? error.upstreamStatus : null;
}

/**
 * What the provider counted, where it did and the answer is whole. An answer that broke off is counted by what passed:
 * the provider bills it, but says how much only at the end.
 */
function tokensOf(call: CallContext, status: CallStatus): { grade: UsageGrade; tokens: TokenUsage } {
  if (status === 'completed') {
    if (call.usage !== undefined) return { grade: 'exact', tokens: call.usage };
    if (isCountedInUnits(call)) return { grade: 'exact', tokens: NO_TOKENS };
  }
  if (!wasTaken(call, status)) return { grade: 'none', tokens: NO_TOKENS };
  const told = call.usage ?? call.lastAttempt?.wasted ?? NO_TOKENS;
  // Some tell at the beginning of a stream that they have read nothing, and only at its end how much.
  const seen = totalInput(told) > 0 ? told : { ...told, inputUncached: inputTokensOf(call) };
  const output = Math.max(seen.output, Math.ceil(call.textBytes / BYTES_PER_TOKEN) - seen.reasoning);
  return { grade: 'estimated', tokens: { ...seen, output, outputAudio: spokenTokens(call, seen.outputAudio) } };
}

/** What was sent, as far as nobody has counted it. */
export function inputTokensOf(call: CallContext): number {
  return Math.ceil(textBytesOf(call) / BYTES_PER_TOKEN);
}

/** Providers that bill by seconds or searches say how many, and count no tokens. */
function isCountedInUnits({ operation, units }: CallContext): boolean {
  if (operation.capability === 'rerank') return units?.searches !== undefined;
  return units?.seconds !== undefined && units.isEstimated !== true;
}

/** Of speech that comes as bytes nobody counts anything. */
export function spokenTokens({ operation, request }: CallContext, seen: number): number {
  if (operation.capability !== 'speech' || !isObject(request) || typeof request['input'] !== 'string') return seen;
  return Math.max(seen, Math.ceil(request['input'].length * SPOKEN_TOKENS_PER_CHARACTER));
}

/** Whether a provider began to answer, or may have: who left while one was at it does not know. */
function wasTaken(call: CallContext, status: CallStatus): boolean {
  if (call.usage !== undefined || call.textBytes > 0) return true;
  const { lastAttempt } = call;
  if (lastAttempt === undefined) return false;
  return status === 'completed' || LEFT.has(lastAttempt.error?.code);
}

/** Errors of a try that was given up, by the client or by this gateway, while the provider was at work. */
const LEFT: ReadonlySet<unknown> = new Set(['client_closed_request', 'server_shutting_down']);
