import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  endOfString,
  isSpace,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
} from './json-bytes.js';

/**
 * The bytes of valid JSON in one form whatever the order of its names and the space between: as text of one character for
 * each byte. Everything else stays as it is written, numbers and escapes too: parsed, two numbers beyond doubles would
 * be the same.
 */
export function canonicalJson(bytes: Buffer): string {
  return new CanonicalReader(bytes).value();
}

class CanonicalReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  value(): string {
    switch (this.next()) {
      case OPEN_BRACE:
        return this.object();
      case OPEN_BRACKET:
        return this.array();
      case QUOTE:
        return this.string();
      default:
        return this.word();
    }
  }

  private object(): string {
    const members: [name: string, value: string][] = [];
    this.at++;
    for (let byte = this.next(); byte !== undefined && byte !== CLOSE_BRACE; byte = this.next()) {
      if (byte !== QUOTE) {
        this.at++;
        continue;
      }
      const name = this.string();
      if (this.next() === COLON) this.at++;
      members.push([name, this.value()]);
    }
    this.at++;
    // Stable: of a name that stands there twice the last one counts, and stays the last.
    members.sort(([one], [other]) => (one < other ? -1 : Number(one > other)));
    return `{${members.map(([name, value]) => `${name}:${value}`).join(',')}}`;
  }

  private array(): string {
    const words = this.words();
    if (words !== undefined) return words;
    const items: string[] = [];
    this.at++;
    for (let byte = this.next(); byte !== undefined && byte !== CLOSE_BRACKET; byte = this.next()) {
      if (byte === COMMA) this.at++;
      else items.push(this.value());
    }
    this.at++;
    return `[${items.join(',')}]`;
  }

  /** An array of nothing but numbers and their like at once: an input for embeddings may hold 300,000 of them. */
  private words(): string | undefined {
    const end = this.bytes.indexOf(CLOSE_BRACKET, this.at);
    if (end < 0) return undefined;
    const inside = this.bytes.subarray(this.at + 1, end);
    if (NO_WORDS.some((byte) => inside.includes(byte))) return undefined;
    this.at = end + 1;
    return `[${inside.toString('latin1').replaceAll(SPACE, '')}]`;
  }

  private string(): string {
    const start = this.at;
    this.at = endOfString(this.bytes, start, this.bytes.length) + 1;
    return this.bytes.toString('latin1', start, this.at);
  }

  /** A number, `true`, `false` or `null`. */
  private word(): string {
    const start = this.at++;
    while (this.at < this.bytes.length && !endsWord(this.bytes[this.at])) this.at++;
    return this.bytes.toString('latin1', start, this.at);
  }

  /** The next byte that is no space, which is not taken yet. */
  private next(): number | undefined {
    this.at = skipSpace(this.bytes, this.at, this.bytes.length);
    return this.bytes[this.at];
  }
}

/** What does not stand among numbers. */
const NO_WORDS = [OPEN_BRACKET, QUOTE, OPEN_BRACE];

/** As JSON has it, which is not all that is space elsewhere. */
const SPACE = /[ \t\n\r]/g;

function endsWord(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_BRACKET || byte === CLOSE_BRACE || isSpace(byte);
}
