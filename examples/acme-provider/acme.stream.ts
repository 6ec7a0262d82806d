import {
  type ChatCompletionChunk,
  type ChatCompletionRequest,
  type ProviderCall,
  type StreamPart,
  type StreamTranslator,
  type TokenUsage,
  UpstreamError,
} from '../../src/index.js';
import { type AcmeLine } from './acme.types.js';
import { parse, toFinishReason, toUsage } from './acme.values.js';

const NEWLINE = 0x0a;

/** Reads Acme's live answer, one JSON object a line, and writes OpenAI's server-sent events. */
export class AcmeStream implements StreamTranslator {
  private rest = Buffer.alloc(0);
  private isOver = false;

  constructor(private readonly call: ProviderCall<ChatCompletionRequest>) {}

  /** Bytes come cut anywhere, within a letter too: only whole lines are read. */
  push(bytes: Buffer): StreamPart | undefined {
    const all = Buffer.concat([this.rest, bytes]);
    const end = all.lastIndexOf(NEWLINE) + 1;
    this.rest = all.subarray(end);
    if (end === 0) return undefined;
    const lines = all.toString('utf8', 0, end).split('\n').filter(Boolean);
    return this.read(lines.map((line) => parse(line) as AcmeLine));
  }

  end(): StreamPart | undefined {
    if (this.isOver) return undefined;
    return {
      bytes: Buffer.alloc(0),
      hasContent: false,
      textBytes: 0,
      error: new UpstreamError('upstream_stream_broken'),
    };
  }

  private read(lines: readonly AcmeLine[]): StreamPart {
    let events = '';
    let textBytes = 0;
    let usage: TokenUsage | undefined;
    for (const { piece, finished, spent } of lines) {
      if (piece !== undefined) {
        events += this.event([{ index: 0, delta: { content: piece }, finish_reason: null }]);
        textBytes += Buffer.byteLength(piece);
      }
      if (finished === undefined) continue;
      this.isOver = true;
      events += this.event([{ index: 0, delta: {}, finish_reason: toFinishReason(finished) }]);
      if (spent === undefined) continue;
      usage = toUsage(spent);
      if (this.call.request.stream_options?.include_usage === true) {
        const { read, written } = spent;
        const counted = { prompt_tokens: read, completion_tokens: written, total_tokens: read + written };
        events += this.event([], { usage: counted });
      }
    }
    return { bytes: Buffer.from(events), hasContent: events !== '', textBytes, usage };
  }

  private event(choices: ChatCompletionChunk['choices'], more: Partial<ChatCompletionChunk> = {}): string {
    const chunk: ChatCompletionChunk = {
      id: `chatcmpl-${this.call.requestId}`,
      object: 'chat.completion.chunk',
      created: Math.floor(Date.now() / 1000),
      model: this.call.upstreamModel,
      choices,
      ...more,
    };
    return `data: ${JSON.stringify(chunk)}\n\n`;
  }
}
