import { type CallContext } from '../events/call-context.js';
import { type GatewaySettings } from '../gateway.settings.js';

/** Milliseconds: with less than this left of its time a call makes no further try. */
export const SHORTEST_TRY = 10;

/** What is left of the time that a call has over all its tries. */
export function millisecondsLeft(call: CallContext, { callTimeout }: GatewaySettings): number {
  return callTimeout === 0 ? Number.POSITIVE_INFINITY : callTimeout - call.elapsed();
}
