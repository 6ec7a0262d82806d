import { Injectable, Logger } from '@nestjs/common';
import {
  type CallContext,
  type ChatCompletionChunk,
  Extension,
  type GatewayError,
  type GatewayExtension,
} from '../../src/index.js';

/** Counts the chunks of streams, and tells with the request id what failed. */
@Injectable()
@Extension({ order: 30 })
export class StreamWatch implements GatewayExtension {
  private readonly logger = new Logger(StreamWatch.name);
  chunks = 0;
  readonly failures: string[] = [];

  onChunk(_call: CallContext, chunk: ChatCompletionChunk): void {
    if (chunk.choices.length > 0) this.chunks++;
  }

  onError(call: CallContext, error: GatewayError): void {
    this.failures.push(error.code ?? error.type);
    this.logger.warn(`${call.requestId} for ${call.principal.keyName}: ${error.message}`);
  }
}
