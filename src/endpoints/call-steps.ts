import { type CommittedStream } from '../dispatch/committed-stream.js';
import { type GatewayError } from '../errors/gateway-error.js';
import { type CallContext } from '../events/call-context.js';
import { CallFailed } from '../events/gateway-events.js';
import { type GatewayEventBus } from '../events/gateway-event-bus.js';
import { type ChunkFilter } from '../extensions/chunk-filter.js';
import { type ExtensionPipeline } from '../extensions/extension-pipeline.js';

// What calls have in common that come over HTTP and those of the host's own code.

/** @throws GatewayError where an extension must be asked and cannot be: nobody reads the stream then. */
export function filterOf(
  stream: CommittedStream,
  call: CallContext,
  extensions: ExtensionPipeline,
): ChunkFilter | undefined {
  try {
    return extensions.chunkFilter(call);
  } catch (error) {
    stream.leave();
    throw error;
  }
}

/** Tells everybody who wants to know. Done when the call is on record, or cannot be. */
export async function tellFailed(
  call: CallContext,
  error: GatewayError,
  extensions: ExtensionPipeline,
  bus: GatewayEventBus,
): Promise<void> {
  await extensions.onError(call, error);
  bus.emit(new CallFailed(call, error));
  // It is an error already, whatever becomes of its record.
  await call.recording?.catch(() => undefined);
}
