import * as json from './json-bytes.js';
import { parseJson } from './json.js';

// As constants of this module: an imported one V8 looks up anew for every byte.
const { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } = json;

/** Bytes in one buffer, or in pieces. */
export interface JsonBytes {
  readonly length: number;
  at(place: number): number | undefined;
  subarray(start: number, end: number): Buffer;
}

/** Where a top-level member's value stands in the bytes. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where the top-level members of a JSON object stand in its bytes. Names are read when somebody asks for one of them. */
export class MemberPlaces {
  /** Four for each member: its name's first and last quote, the byte after its colon and the one after its value. */
  private readonly places: number[] = [];

  constructor(private readonly bytes: JsonBytes) {}

  /** One that appears twice counts twice. */
  get count(): number {
    return this.places.length / 4;
  }

  add(nameStart: number, nameEnd: number, start: number, end: number): void {
    this.places.push(nameStart, nameEnd, start, end);
  }

  /** The last of that name: the one that `JSON.parse` takes. */
  find(name: string): Span | undefined {
    const { bytes, places } = this;
    const one = Buffer.isBuffer(bytes) ? bytes : undefined;
    for (let at = places.length - 4; at >= 0; at -= 4) {
      const [nameStart = 0, nameEnd = 0, start = 0, end = 0] = [
        places[at],
        places[at + 1],
        places[at + 2],
        places[at + 3],
      ];
      const isFound =
        one === undefined
          ? isNamed(bytes.subarray(nameStart, nameEnd + 1), 0, nameEnd - nameStart, name)
          : isNamed(one, nameStart, nameEnd, name);
      if (isFound) return trimmed(bytes, start, end);
    }
    return undefined;
  }
}

/** What the last piece ended within. */
type Cut = 'string' | 'numbers' | undefined;

/**
 * One pass over the bytes of a JSON object, before `JSON.parse` or instead of it: finds the top-level members, and stops at
 * what would block the event loop (1.1 MB of 100,000 keys takes `JSON.parse` 100 ms, this pass some 2 ms). It does not
 * validate: what it makes of bytes that are not JSON is meaningless, and `JSON.parse` refuses those. The bytes may come in
 * pieces that are cut anywhere.
 */
export class JsonScan {
  readonly members: MemberPlaces;
  /** Nested deeper, or made of more values, than allowed: not to be given to `JSON.parse`. */
  tooComplex = false;

  private depth = 0;
  private values = 0;
  private nameStart = -1;
  private nameEnd = -1;
  /** Where the value of that name begins; before 0 as long as there is none. */
  private valueStart = -1;
  /** Bytes of the pieces before. */
  private offset = 0;
  private cut: Cut;
  /** Of a string that was cut: whether the next byte is escaped. */
  private isEscaped = false;

  /** @param bytes where its members are read from, once there are any. */
  constructor(
    bytes: JsonBytes,
    private readonly maxDepth: number,
    private readonly maxValues: number,
  ) {
    this.members = new MemberPlaces(bytes);
  }

  /** Whether an object began, and its last brace closed. */
  get isWhole(): boolean {
    return this.depth === 0 && this.values > 0 && !this.tooComplex;
  }

  push(bytes: Buffer): void {
    if (this.tooComplex) return;
    const start = this.cut === undefined ? 0 : this.resume(bytes);
    const { members, maxDepth, maxValues, offset } = this;
    const { length } = bytes;
    let { depth, values, nameStart, nameEnd, valueStart } = this;

    for (let at = start; at < length; at++) {
      switch (bytes[at]) {
        case QUOTE: {
          const end = json.endOfString(bytes, at, length);
          // With a name already there this is its value, which ends at the next comma or brace.
          if (depth === 1 && valueStart < 0) {
            nameStart = offset + at;
            nameEnd = offset + end;
          }
          if (end === length) this.cutString(bytes, at);
          at = end;
          break;
        }
        case COLON:
          if (depth === 1 && valueStart < 0 && nameStart >= 0) valueStart = offset + at + 1;
          break;
        case OPEN_BRACE:
          depth++;
          values++;
          break;
        case OPEN_BRACKET: {
          depth++;
          values++;
          const end = startsNumber(bytes, at + 1) ? endOfNumbers(bytes, at + 1) : at + 1;
          if (end === length) this.cut = 'numbers';
          values += (end - at - 1) / NUMBER_BYTES_PER_VALUE;
          at = end - 1;
          break;
        }
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
        case COMMA:
          if (depth === 1 && valueStart >= 0) {
            members.add(nameStart, nameEnd, valueStart, offset + at);
            nameStart = valueStart = -1;
          }
          if (bytes[at] === COMMA) values++;
          else depth--;
          break;
        default:
      }
      if (depth > maxDepth || values > maxValues) {
        this.tooComplex = true;
        return;
      }
    }
    this.depth = depth;
    this.values = values;
    this.nameStart = nameStart;
    this.nameEnd = nameEnd;
    this.valueStart = valueStart;
    this.offset = offset + length;
  }

  /** @returns the place behind what the last piece ended within. */
  private resume(bytes: Buffer): number {
    const { cut, offset } = this;
    const { length } = bytes;
    this.cut = undefined;
    if (cut === 'numbers') {
      const end = endOfNumbers(bytes, 0);
      if (end === length) this.cut = cut;
      return end;
    }
    const start = this.isEscaped ? 0 : -1;
    const end = json.endOfString(bytes, start, length);
    if (this.depth === 1 && this.valueStart < 0) this.nameEnd = offset + end;
    if (end === length) this.cutString(bytes, start);
    return end + 1;
  }

  /** @param start of the string, before its first byte. */
  private cutString(bytes: Buffer, start: number): void {
    let backslashes = 0;
    for (let at = bytes.length - 1; at > start && bytes[at] === BACKSLASH; at--) backslashes++;
    this.cut = 'string';
    this.isEscaped = backslashes % 2 === 1;
  }
}

/** The pass over bytes that are all there. */
export function scanJsonObject(bytes: Buffer, maxDepth: number, maxValues: number): JsonScan {
  const scan = new JsonScan(bytes, maxDepth, maxValues);
  scan.push(bytes);
  return scan;
}

/** Whether a number is the first thing there. */
function startsNumber(bytes: Buffer, from: number): boolean {
  const first = bytes[json.skipSpace(bytes, from, bytes.length)] ?? 0;
  return first === MINUS || (first >= DIGIT_0 && first <= DIGIT_9);
}

/**
 * Where the numbers of an array end: the place of its bracket, or the end of the bytes; `from` itself where there is
 * anything else among them. Embeddings are little else but such arrays: byte by byte the pass over them takes longer than
 * `JSON.parse`.
 */
function endOfNumbers(bytes: Buffer, from: number): number {
  // No further than to the next array, so that each byte is looked at once.
  const next = bytes.indexOf(OPEN_BRACKET, from);
  const inside = bytes.subarray(from, next < 0 ? bytes.length : next);
  const close = inside.indexOf(CLOSE_BRACKET);
  if (close < 0 && next >= 0) return from;
  const items = close < 0 ? inside : inside.subarray(0, close);
  return NO_NUMBERS.some((byte) => items.includes(byte)) ? from : from + items.length;
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

function trimmed(bytes: JsonBytes, from: number, to: number): Span {
  let start = from;
  let end = to;
  while (start < end && json.isSpace(byteAt(bytes, start))) start++;
  while (end > start && json.isSpace(byteAt(bytes, end - 1))) end--;
  return { start, end };
}

/** A buffer's own `at` takes many times as long. */
export function byteAt(bytes: JsonBytes, place: number): number | undefined {
  return Buffer.isBuffer(bytes) ? bytes[place] : bytes.at(place);
}

/** The text of [start, end). */
export function textOf(bytes: JsonBytes, { start, end }: Span): string {
  // Most is in one buffer, which need not be cut for that.
  return Buffer.isBuffer(bytes) ? bytes.toString('utf8', start, end) : bytes.subarray(start, end).toString('utf8');
}

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
