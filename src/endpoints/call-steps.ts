import { type CommittedStream } from '../dispatch/committed-stream.js';
import { type CallContext } from '../events/call-context.js';
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
