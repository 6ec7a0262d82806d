import { UpstreamError } from '../../errors/upstream-error.js';
import { isObject, parseJson } from '../../protocol/json.js';
import { type ChunkHead, ChunkWriter } from '../chunk-writer.js';
import { type StreamTranslator } from '../http-dialect.js';
import { type StreamPart } from '../provider-adapter.interface.js';
import { toReadingError } from '../reading-error.js';
import { createdOf, textOf, toTokenUsage } from './ollama.answer.js';
import { toOllamaStreamError } from './ollama.errors.js';
import { Lines } from './ollama.lines.js';
import { type OllamaAnswer } from './ollama.types.js';

/** Writes what the lines of one stream hold: of a chat, or of a text completion. */
export interface LineTranslator {
  /** What the chunks say where the provider does not. */
  readonly head: ChunkHead;
  write(line: OllamaAnswer, chunks: ChunkWriter): void;
  /** The reason to stop. */
  finish(line: OllamaAnswer, chunks: ChunkWriter): void;
}

/**
 * Ollama's stream, one JSON object a line, as OpenAI's chunks. The last line says `done`; a failure is a line with
 * `error`.
 *
 * @see https://docs.ollama.com/api/streaming
 */
export class OllamaStreamReader implements StreamTranslator {
  private readonly lines = new Lines();
  private readonly chunks: ChunkWriter;

  /** @param showsUsage whether the client asked for the usage chunk. */
  constructor(
    private readonly translator: LineTranslator,
    showsUsage: boolean,
  ) {
    this.chunks = new ChunkWriter(translator.head, showsUsage);
  }

  push(bytes: Buffer): StreamPart | undefined {
    if (this.chunks.isOver) return undefined;
    try {
      for (const line of this.lines.push(bytes)) this.read(line);
    } catch (error) {
      this.chunks.fail(toReadingError(error));
    }
    return this.chunks.take();
  }

  end(): StreamPart | undefined {
    if (this.chunks.isOver) return undefined;
    const rest = this.lines.take();
    // Some proxies take the end of the last line away; what was cut off in its middle is no JSON.
    if (isObject(parseJson(rest))) this.read(rest);
    this.chunks.fail(new UpstreamError('upstream_stream_broken'));
    return this.chunks.take();
  }

  private read(line: string): void {
    if (this.chunks.isOver || line.trim() === '') return;
    const value = parseJson(line);
    if (!isObject(value)) {
      const message = 'The provider’s stream is not valid.';
      return this.chunks.fail(new UpstreamError('upstream_invalid_response', { message }));
    }
    if (value['error'] !== undefined) return this.chunks.fail(toOllamaStreamError(value['error']));
    this.translate(value);
  }

  private translate(line: OllamaAnswer): void {
    if (!this.chunks.hasBegun) this.chunks.begin({ model: textOf(line.model) || undefined, created: createdOf(line) });
    this.translator.write(line, this.chunks);
    if (line.done !== true) return;
    this.translator.finish(line, this.chunks);
    this.chunks.count(toTokenUsage(line));
    this.chunks.close();
  }
}
