import {
  BACKSLASH,
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
import { parseJson } from './json.js';
import { type RequestBody } from './request-body.js';

/** Where a top-level member's value stands in the bytes. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * A request body: the client's bytes, and the object they spell. The bytes travel on to a provider of the same dialect
 * as they came, so that fields nobody here knows, numbers beyond doubles and the order of keys survive; `edited` changes
 * only the members that must change.
 */
export class JsonBody implements RequestBody {
  constructor(
    readonly bytes: Buffer,
    readonly value: Record<string, unknown>,
    private readonly members: MemberPlaces,
  ) {}

  get size(): number {
    return this.bytes.length;
  }

  /** A body made here: serialised once, with nothing to splice. */
  static of(value: Record<string, unknown>): JsonBody {
    const bytes = Buffer.from(JSON.stringify(value));
    return new JsonBody(
      bytes,
      value,
      scanJsonObject(bytes, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY).members,
    );
  }

  /** A body that spells another object: its members that are the same stay as they came, byte for byte. */
  changedTo(value: Record<string, unknown>): JsonBody {
    if (Object.keys(this.value).some((name) => value[name] === undefined)) return JsonBody.of(value);
    const edits: Record<string, string> = {};
    for (const [name, member] of Object.entries(value)) {
      if (member !== undefined && member !== this.value[name]) edits[name] = JSON.stringify(member);
    }
    const bytes = this.edited(edits);
    const { members } = scanJsonObject(bytes, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
    return new JsonBody(bytes, value, members);
  }

  /**
   * The bytes with some top-level members replaced or added.
   * @param edits JSON texts by member name, already serialised.
   */
  edited(edits: Readonly<Record<string, string>>): Buffer {
    const replaced: [Span, string][] = [];
    let added = '';
    for (const [name, json] of Object.entries(edits)) {
      const span = this.members.find(name);
      if (span === undefined) added += `${JSON.stringify(name)}:${json},`;
      else replaced.push([span, json]);
    }
    if (replaced.length === 0 && added === '') return this.bytes;
    replaced.sort(([a], [b]) => a.start - b.start);
    const pieces: Buffer[] = [];
    let from = 0;
    if (added !== '') {
      const open = this.bytes.indexOf(OPEN_BRACE) + 1;
      const isEmpty = this.members.count === 0;
      pieces.push(this.bytes.subarray(0, open), Buffer.from(isEmpty ? added.slice(0, -1) : added));
      from = open;
    }
    for (const [span, json] of replaced) {
      pieces.push(this.bytes.subarray(from, span.start), Buffer.from(json));
      from = span.end;
    }
    pieces.push(this.bytes.subarray(from));
    return Buffer.concat(pieces);
  }
}

/** The top-level members of a JSON object, parsed only when asked for: most of a long answer is nobody's business here. */
export class JsonMembers {
  /** Whether every brace and string is closed: what was cut off in transit is not. */
  readonly isWhole: boolean;
  private readonly members: MemberPlaces;

  constructor(private readonly bytes: Buffer) {
    const scan = scanJsonObject(bytes, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
    this.isWhole = scan.isWhole;
    this.members = scan.members;
  }

  /** The first byte of a member's value. */
  firstByteOf(name: string): number | undefined {
    const span = this.members.find(name);
    return span === undefined ? undefined : this.bytes[span.start];
  }

  /** A member's value; `undefined` where there is none, or it is not valid. */
  parse(name: string): unknown {
    const span = this.members.find(name);
    return span === undefined ? undefined : parseJson(this.bytes.toString('utf8', span.start, span.end));
  }
}

/** Where the top-level members of a JSON object stand in its bytes. Names are read when somebody asks for one of them. */
class MemberPlaces {
  /** Four for each member: its name's first and last quote, its value's first byte and the one after its last. */
  private readonly places: number[] = [];

  constructor(private readonly bytes: Buffer) {}

  /** One that appears twice counts twice. */
  get count(): number {
    return this.places.length / 4;
  }

  add(nameStart: number, nameEnd: number, start: number, end: number): void {
    let last = end;
    while (last > start && isSpace(this.bytes[last - 1])) last--;
    this.places.push(nameStart, nameEnd, start, last);
  }

  /** The last of that name: the one that `JSON.parse` takes. */
  find(name: string): Span | undefined {
    const { places } = this;
    for (let at = places.length - 4; at >= 0; at -= 4) {
      const [nameStart = 0, nameEnd = 0, start = 0, end = 0] = [
        places[at],
        places[at + 1],
        places[at + 2],
        places[at + 3],
      ];
      if (isNamed(this.bytes, nameStart, nameEnd, name)) return { start, end };
    }
    return undefined;
  }
}

export interface JsonScan {
  readonly members: MemberPlaces;
  /** Whether an object began, and its last brace closed. */
  readonly isWhole: boolean;
  /** Nested deeper, or made of more values, than allowed: not to be given to `JSON.parse`. */
  readonly tooComplex: boolean;
}

/**
 * One pass over the bytes of a JSON object, before `JSON.parse`: finds the top-level members, and stops at what would
 * block the event loop (1.1 MB of 100,000 keys takes `JSON.parse` 100 ms, this pass some 2 ms). It does not validate:
 * what it makes of bytes that are not JSON is meaningless, and `JSON.parse` refuses those.
 */
export function scanJsonObject(bytes: Buffer, maxDepth: number, maxValues: number): JsonScan {
  const members = new MemberPlaces(bytes);
  let depth = 0;
  let values = 0;
  let nameStart = -1;
  let nameEnd = -1;
  /** Where the value of that name begins; before 0 as long as there is none. */
  let valueStart = -1;
  const length = bytes.length;

  for (let at = 0; at < length; at++) {
    switch (bytes[at]) {
      case QUOTE: {
        const end = endOfString(bytes, at, length);
        // With a name already there this is its value, which ends at the next comma or brace.
        if (depth === 1 && valueStart < 0) {
          nameStart = at;
          nameEnd = end;
        }
        at = end;
        break;
      }
      case COLON:
        if (depth === 1 && valueStart < 0 && nameStart >= 0) valueStart = skipSpace(bytes, at + 1, length);
        break;
      case OPEN_BRACE:
        depth++;
        values++;
        break;
      case OPEN_BRACKET: {
        depth++;
        values++;
        const last = lastOfNumbers(bytes, at);
        values += (last - at) / NUMBER_BYTES_PER_VALUE;
        at = last;
        break;
      }
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
      case COMMA:
        if (depth === 1 && valueStart >= 0) {
          members.add(nameStart, nameEnd, valueStart, at);
          nameStart = valueStart = -1;
        }
        if (bytes[at] === COMMA) values++;
        else depth--;
        break;
      default:
    }
    if (depth > maxDepth || values > maxValues) return { members, isWhole: false, tooComplex: true };
  }
  return { members, isWhole: depth === 0 && values > 0, tooComplex: false };
}

/**
 * The place of the last byte in an array of numbers that opens at `open`; `open` itself where the array holds anything
 * else. Embeddings are little else but such arrays: byte by byte the pass over them takes longer than `JSON.parse`.
 */
function lastOfNumbers(bytes: Buffer, open: number): number {
  const first = bytes[skipSpace(bytes, open + 1, bytes.length)] ?? 0;
  if (first !== MINUS && (first < DIGIT_0 || first > DIGIT_9)) return open;
  // No further than to the next array, so that each byte is looked at once.
  const next = bytes.indexOf(OPEN_BRACKET, open + 1);
  const inside = bytes.subarray(open + 1, next < 0 ? bytes.length : next);
  const close = inside.indexOf(CLOSE_BRACKET);
  if (close < 0) return open;
  const items = inside.subarray(0, close);
  return NO_NUMBERS.some((byte) => items.includes(byte)) ? open : open + close;
}

/**
 * So many bytes of an array of numbers count as one value: `JSON.parse` takes a fiftieth of the time that as many bytes of
 * keys take, and a request for embeddings may hold 300,000 token ids.
 */
const NUMBER_BYTES_PER_VALUE = 48;

/** What does not stand among numbers. */
const NO_NUMBERS = [QUOTE, COLON, OPEN_BRACE, CLOSE_BRACE];

const MINUS = 0x2d;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** @param start the quote before it. @param end the quote after it. */
function isNamed(bytes: Buffer, start: number, end: number, name: string): boolean {
  const length = end - start - 1;
  for (let at = 0; at < length; at++) {
    const byte = bytes[start + 1 + at] ?? 0;
    if (byte === BACKSLASH || byte > LAST_OF_ASCII) return parseJson(bytes.toString('utf8', start, end + 1)) === name;
    if (byte !== name.charCodeAt(at)) return false;
  }
  return length === name.length;
}

const LAST_OF_ASCII = 0x7f;
