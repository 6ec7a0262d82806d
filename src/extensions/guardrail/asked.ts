import { UpstreamError } from '../../errors/upstream-error.js';
import { type CallContext } from '../../events/call-context.js';
import { Cancellation } from '../../upstream/cancellation.js';

/** Asks somebody in the time that there is, and no longer than anybody waits for the call. @throws what `ask` does. */
export async function askWithin<Answer>(
  call: CallContext,
  milliseconds: number,
  ask: (cancellation: Cancellation) => Promise<Answer>,
): Promise<Answer> {
  const cancellation = new Cancellation();
  const timer = setTimeout(() => cancellation.cancel(new UpstreamError('upstream_timeout')), milliseconds);
  const unlink = call.cancellation.onCancel(() => cancellation.cancel(call.cancellation.reason));
  try {
    return await ask(cancellation);
  } finally {
    clearTimeout(timer);
    unlink();
  }
}

/** As a name that may stand in a header, whatever was said. */
export function kindOf(name: unknown): string | undefined {
  return typeof name === 'string' && /^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/.test(name) ? name : undefined;
}
