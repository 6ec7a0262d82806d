import { GatewayError } from '../errors/gateway-error.js';
import { type CallContext } from '../events/call-context.js';
import { type AnswerStream } from '../providers/provider-adapter.interface.js';

/** Bytes that wait for a reader before the provider is asked to wait too. */
const MAX_WAITING_BYTES = 64 * 1024;

/**
 * The bytes of a stream as they come, for who takes them one by one; never much ahead of the reader.
 * @throws GatewayError where the stream broke, or the call was cancelled.
 */
export async function* readStream(
  stream: AnswerStream,
  { cancellation }: CallContext,
): AsyncGenerator<Buffer, void, undefined> {
  const waiting: Buffer[] = [];
  let waitingBytes = 0;
  let isPaused = false;
  let end: { readonly error?: GatewayError } | undefined;
  let wake = (): void => undefined;
  const finish = (error?: unknown): void => {
    end ??= error === undefined ? {} : { error: GatewayError.from(error) };
    wake();
  };
  const unlink = cancellation.onCancel(() => finish(cancellation.reason));
  const subscription = stream.parts.subscribe({
    next: ({ bytes }) => {
      if (bytes.length === 0) return;
      waiting.push(bytes);
      waitingBytes += bytes.length;
      if (!isPaused && waitingBytes > MAX_WAITING_BYTES) {
        isPaused = true;
        stream.pause();
      }
      wake();
    },
    error: finish,
    complete: () => finish(),
  });
  try {
    for (;;) {
      // Who has cancelled does not want the rest.
      if (cancellation.cancelled) throw GatewayError.from(cancellation.reason);
      const bytes = waiting.shift();
      if (bytes !== undefined) {
        waitingBytes -= bytes.length;
        yield bytes;
      } else if (end !== undefined) {
        if (end.error !== undefined) throw end.error;
        return;
      } else {
        const woken = new Promise<void>((resolve) => (wake = resolve));
        if (isPaused) {
          isPaused = false;
          stream.resume();
        }
        await woken;
      }
    }
  } finally {
    unlink();
    subscription.unsubscribe();
  }
}
