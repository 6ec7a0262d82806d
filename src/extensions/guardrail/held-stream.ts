import { GatewayError } from '../../errors/gateway-error.js';
import { type ChatCompletionChunk } from '../../protocol/chat-completions.js';
import { ANSWER_TEXTS } from './call-texts.js';

/** Characters of text: what nobody has looked at yet must not fill the memory. */
const MAX_HELD = 4 * 1024 * 1024;

/** A stream that waits to be looked at whole. */
export class HeldStream {
  private chunks: ChatCompletionChunk[] = [];
  private readonly texts = new Map<string, string>();
  private size = 0;

  /** @throws GatewayError where it is too long to be held. */
  add(chunk: ChatCompletionChunk): void {
    this.chunks.push(chunk);
    ANSWER_TEXTS(
      chunk,
      (text, _form, path) => {
        const key = path.join('.');
        this.texts.set(key, (this.texts.get(key) ?? '') + text);
        this.size += text.length;
        return text;
      },
      [],
    );
    if (this.size > MAX_HELD) {
      throw new GatewayError('guardrail_refused', {
        message: 'The answer is too long to be checked.',
        shouldRetry: false,
      });
    }
  }

  /** The texts that the chunks make together. */
  whole(): readonly string[] {
    return [...this.texts.values()];
  }

  /** @param texts in place of the whole ones: each goes where the first piece of it was. */
  release(texts?: readonly string[]): readonly ChatCompletionChunk[] {
    if (texts === undefined) return this.chunks;
    const rest = new Map([...this.texts.keys()].map((key, at) => [key, texts[at] ?? '']));
    return this.chunks.map((chunk) => {
      const changed = ANSWER_TEXTS(
        chunk,
        (_text, _form, path) => {
          const key = path.join('.');
          const text = rest.get(key) ?? '';
          rest.delete(key);
          return text;
        },
        [],
      );
      return changed as ChatCompletionChunk;
    });
  }
}
