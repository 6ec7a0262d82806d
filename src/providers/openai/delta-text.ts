import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  endOfString,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
} from '../../protocol/json-bytes.js';

/** What a model writes into. OpenRouter's `reasoning_details` repeat `reasoning`, and do not count. */
const WRITTEN: ReadonlySet<string> = new Set(['content', 'reasoning', 'reasoning_content', 'refusal', 'arguments']);

/**
 * Bytes of the text in a chunk's delta, between the quotes: of answers, reasoning, refusals, arguments of every tool
 * call. One pass over the delta's bytes, which costs a tenth of parsing the chunk.
 * @param start the place of the delta's value; where that is no object there is no text.
 */
export function deltaTextBytes(buffer: Buffer, start: number, end: number): number {
  if (buffer[start] !== OPEN_BRACE) return 0;
  let sum = 0;
  let depth = 0;
  for (let at = start; at < end; at++) {
    switch (buffer[at]) {
      case OPEN_BRACE:
      case OPEN_BRACKET:
        depth++;
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        if (--depth === 0) return sum;
        break;
      case QUOTE: {
        const nameEnd = endOfString(buffer, at, end);
        const colon = skipSpace(buffer, nameEnd + 1, end);
        const value = skipSpace(buffer, colon + 1, end);
        if (buffer[colon] !== COLON || buffer[value] !== QUOTE) {
          at = nameEnd;
          break;
        }
        const valueEnd = endOfString(buffer, value, end);
        if (WRITTEN.has(buffer.toString('latin1', at + 1, nameEnd))) sum += valueEnd - value - 1;
        at = valueEnd;
        break;
      }
      default:
    }
  }
  return sum;
}
