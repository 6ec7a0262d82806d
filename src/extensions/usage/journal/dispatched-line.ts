import { type Principal } from '../../../auth/principal.js';
import { type AttemptTarget } from '../../../events/attempt.js';
import { type BudgetCharge } from '../../../events/budget-charge.js';
import { type CallContext } from '../../../events/call-context.js';
import { type PriceBook } from '../../../pricing/price-book.js';
import { type BillableUnits } from '../../../protocol/billable-units.js';
import { isObject, parseJson } from '../../../protocol/json.js';
import { BYTES_PER_TOKEN } from '../../../protocol/text-bytes.js';
import { NO_TOKENS } from '../../../protocol/token-usage.js';
import { type UsageRecord } from '../../usage-record.js';
import { unitsOfCall } from '../units-of-call.js';
import { CLIENT_CLOSED_REQUEST, inputTokensOf, spokenTokens } from '../usage-of-call.js';

// Every line of the journal says by its first character what it is: a whole record is a JSON object by itself.
export const RECORD = '{';
/** A call that is about to be sent to a provider. */
export const DISPATCHED = 'd';
/** How much has come of an answer. */
export const PROGRESS = 'p';

/** What stands on the record of a call that was under way when its gateway ended, in place of an error code. */
export const INTERRUPTED = 'gateway_interrupted';

const ofPrincipals = new WeakMap<Principal, string>();
const ofTargets = new WeakMap<AttemptTarget, string>();

/**
 * The line of a call that is about to be sent to a deployment: all that its record needs should nothing more be heard
 * of it. Put together by hand from parts that stay the same, since every call has one.
 */
export function dispatchedLine(call: CallContext, target: AttemptTarget): string {
  const { operation, endUser, tag, requestModel, charges, leaseDraw } = call;
  // Ids and names of operations are ours and need no escaping.
  let line =
    `${DISPATCHED}{"requestId":"${call.requestId}","startedAt":${call.startedAt},"operation":"${operation.name}",` +
    `"streaming":${call.streaming},"inputTokens":${inputTokensOf(call)},${partOfPrincipal(call.principal)},` +
    `${partOfTarget(target)},"requestModel":${JSON.stringify(requestModel)}`;
  if (endUser !== null) line += `,"endUser":${JSON.stringify(endUser)}`;
  if (tag !== null) line += `,"tag":${JSON.stringify(tag)}`;
  if (operation.capability === 'speech') line += `,"spokenTokens":${spokenTokens(call, 0)}`;
  const units = unitsOfCall(call, false);
  if (units !== null) line += `,"units":${JSON.stringify(units)}`;
  if (charges !== undefined) line += `,"charges":${JSON.stringify(charges)}`;
  if (leaseDraw !== undefined) line += `,"lease":"${leaseDraw.lease}"`;
  return `${line}}\n`;
}

/** How many bytes of text have come by now. */
export function progressLine({ requestId, textBytes }: CallContext): string {
  return `${PROGRESS}{"requestId":"${requestId}","textBytes":${textBytes}}\n`;
}

function partOfPrincipal(principal: Principal): string {
  let part = ofPrincipals.get(principal);
  if (part === undefined) {
    const { keyId, keyName, settings } = principal;
    const { team = null, organization = null } = settings;
    part = JSON.stringify({ keyId, keyName, team, organization }).slice(1, -1);
    ofPrincipals.set(principal, part);
  }
  return part;
}

function partOfTarget(target: AttemptTarget): string {
  let part = ofTargets.get(target);
  if (part === undefined) {
    const { id: deployment, model, providerName: provider, upstreamModel } = target;
    part = JSON.stringify({ deployment, model, provider, upstreamModel }).slice(1, -1);
    ofTargets.set(target, part);
  }
  return part;
}

/** What a line says of a call. */
export interface ReadLine extends Readonly<Record<string, unknown>> {
  readonly requestId: string;
}

/** @returns `undefined` where it cannot be read. */
export function readLine(text: string): ReadLine | undefined {
  const read = parseJson(text);
  return isObject(read) && typeof read['requestId'] === 'string'
    ? { ...read, requestId: read['requestId'] }
    : undefined;
}

/**
 * The record of a call that was under way when its gateway ended: at the price of what was sent, and of what had come.
 * @param textBytes of the answer.
 */
export function interruptedRecord(sent: ReadLine, textBytes: number, prices: PriceBook): UsageRecord {
  const startedAt = numberOf(sent['startedAt']);
  const model = textOf(sent['model']);
  const providerName = textOf(sent['provider']);
  const upstreamModel = textOf(sent['upstreamModel']);
  const tokens = {
    ...NO_TOKENS,
    inputUncached: numberOf(sent['inputTokens']),
    output: Math.ceil(textBytes / BYTES_PER_TOKEN),
    outputAudio: numberOf(sent['spokenTokens']),
  };
  const units = isObject(sent['units']) ? (sent['units'] as BillableUnits) : null;
  const { cost, priceVersion } = prices.rate(
    { providerName, model, upstreamModel },
    startedAt,
    tokens,
    units ?? undefined,
  );
  const lease = sent['lease'];
  return {
    requestId: sent.requestId,
    startedAt: new Date(startedAt),
    durationMs: 0,
    firstChunkMs: null,
    operation: textOf(sent['operation']),
    streaming: sent['streaming'] === true,
    keyId: textOrNull(sent['keyId']),
    keyName: textOf(sent['keyName']),
    team: textOrNull(sent['team']),
    organization: textOrNull(sent['organization']),
    endUser: textOrNull(sent['endUser']),
    tag: textOrNull(sent['tag']),
    requestModel: textOf(sent['requestModel']),
    model,
    provider: providerName,
    upstreamModel,
    answeredBy: null,
    status: 'aborted',
    httpStatus: CLIENT_CLOSED_REQUEST,
    errorCode: INTERRUPTED,
    grade: 'estimated',
    tokens,
    units,
    cost,
    priceVersion,
    failedAttemptsCost: 0n,
    attempts: [{ deployment: textOf(sent['deployment']), status: null, error: INTERRUPTED, durationMs: 0 }],
    charges: Array.isArray(sent['charges']) ? (sent['charges'] as BudgetCharge[]) : undefined,
    ...(typeof lease === 'string' ? { lease, leased: cost ?? 0n } : undefined),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
