import { type Attempt } from '../../events/attempt.js';
import { type CallContext } from '../../events/call-context.js';
import { type BillableUnits } from '../../protocol/billable-units.js';
import { isObject } from '../../protocol/json.js';
import { withServiceTier } from '../../protocol/service-tier.js';

/** Cohere's, and of those who follow it: a query over up to a hundred documents is one. */
const DOCUMENTS_PER_SEARCH = 100;

/** What people say in a second, where nobody tells how long they spoke. */
const SPOKEN_BYTES_PER_SECOND = 15;

/**
 * What a call used beside tokens: as the provider says, or as the request does; `null` where tokens are all.
 * @param isWhole whether the provider has said all that it has to say. Otherwise a chat is in the tier that it asked for.
 */
export function unitsOfCall(call: CallContext, isWhole: boolean): BillableUnits | null {
  const { units } = call;
  const request = isObject(call.request) ? call.request : call.body.value;
  switch (call.operation.capability) {
    case 'images':
    case 'imageEdits':
      return { images: countOf(request['n']), ...imageKind(request), ...units };
    case 'speech':
      return { characters: typeof request['input'] === 'string' ? [...request['input']].length : 0, ...units };
    case 'transcriptions':
    case 'translations':
      if (units !== undefined || call.usage !== undefined) return units ?? null;
      return { seconds: Math.ceil(call.textBytes / SPOKEN_BYTES_PER_SECOND), isEstimated: true };
    case 'rerank': {
      const { documents } = request;
      const searches = Math.ceil((Array.isArray(documents) ? documents.length : 1) / DOCUMENTS_PER_SEARCH);
      return { searches: Math.max(1, searches), ...units };
    }
    case 'chat':
    case 'completions':
      return (isWhole ? units : inTier(units, request)) ?? null;
    default:
      return units ?? null;
  }
}

/** The same of a try of which nothing was shown. */
export function unitsOfFailedTry({ request }: CallContext, { wastedUnits }: Attempt): BillableUnits | undefined {
  return isObject(request) ? inTier(wastedUnits, request) : wastedUnits;
}

/** In the tier that was asked for, where no other was told. */
function inTier(units: BillableUnits | undefined, request: Record<string, unknown>): BillableUnits | undefined {
  return units?.serviceTier === undefined ? withServiceTier(units, request['service_tier']) : units;
}

function imageKind({ size, quality }: Record<string, unknown>): BillableUnits {
  return {
    ...(typeof size === 'string' && size !== '' ? { imageSize: size.slice(0, 64) } : {}),
    ...(typeof quality === 'string' && quality !== '' ? { imageQuality: quality.slice(0, 64) } : {}),
  };
}

/** Of a form all values are text. */
function countOf(value: unknown): number {
  const count = Number(value ?? 1);
  return Number.isInteger(count) && count > 0 ? count : 1;
}
