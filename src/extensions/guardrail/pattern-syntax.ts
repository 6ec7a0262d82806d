import { type CodeUnits, DIGITS, inBothCases, LINE_ENDS, otherThan, SPACES, unitsOf, WORDS } from './code-units.js';

/** What a pattern is made of. */
export type PatternNode =
  | { readonly type: 'units'; readonly units: CodeUnits }
  | { readonly type: 'sequence'; readonly nodes: readonly PatternNode[] }
  | { readonly type: 'choice'; readonly nodes: readonly PatternNode[] }
  | { readonly type: 'repeat'; readonly node: PatternNode; readonly least: number; readonly most: number };

/**
 * Where a pattern may begin or end: anywhere, where a word does (`\b`), where the text does (`^`, `$`), or not within the
 * digits of a number.
 */
export type PatternEdge = 'anywhere' | 'word' | 'text' | 'number';

export interface Pattern {
  readonly node: PatternNode;
  readonly start: PatternEdge;
  readonly end: PatternEdge;
}

/** A pattern that cannot be used. Its message completes "keys[0] …": it says what is the matter. */
export class PatternError extends Error {
  constructor(
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

const MOST_REPEATS = 256;

const CONTROLS: Readonly<Record<string, number>> = { n: 0x0a, r: 0x0d, t: 0x09, f: 0x0c, v: 0x0b, '0': 0 };

const CLASSES: Readonly<Record<string, CodeUnits>> = {
  d: DIGITS,
  D: otherThan(DIGITS),
  w: WORDS,
  W: otherThan(WORDS),
  s: SPACES,
  S: otherThan(SPACES),
};

/**
 * Reads a regular expression as JavaScript writes it, short of what takes more than one look at each character: no
 * back-references, nothing that looks ahead or behind, `\b`, `^` and `$` only at its ends, and no lazy quantifiers, since
 * the longest match counts.
 * @throws PatternError
 */
export function parsePattern(source: string, ignoreCase = false): Pattern {
  let inner = source;
  let start: PatternEdge = 'anywhere';
  let end: PatternEdge = 'anywhere';
  if (inner.startsWith('^')) [start, inner] = ['text', inner.slice(1)];
  else if (inner.startsWith('\\b')) [start, inner] = ['word', inner.slice(2)];
  if (/(?<!\\)(?:\\\\)*\$$/.test(inner)) [end, inner] = ['text', inner.slice(0, -1)];
  else if (/(?<!\\)(?:\\\\)*\\b$/.test(inner)) [end, inner] = ['word', inner.slice(0, -2)];
  const reader = new PatternReader(inner, ignoreCase);
  const node = reader.read();
  if (node.type === 'choice' && (start !== 'anywhere' || end !== 'anywhere')) {
    throw new PatternError('has an edge that belongs to one alternative alone', 'put the alternatives into (?:…)');
  }
  return { node, start, end };
}

class PatternReader {
  private at = 0;

  constructor(
    private readonly source: string,
    private readonly ignoreCase: boolean,
  ) {}

  read(): PatternNode {
    const node = this.choice();
    if (this.at < this.source.length) throw new PatternError('closes a group that is not open', 'write \\) for a )');
    return node;
  }

  private choice(): PatternNode {
    const nodes = [this.sequence()];
    while (this.take('|')) nodes.push(this.sequence());
    const [only] = nodes;
    return nodes.length === 1 && only !== undefined ? only : { type: 'choice', nodes };
  }

  private sequence(): PatternNode {
    const nodes: PatternNode[] = [];
    while (this.at < this.source.length && !this.isAt('|') && !this.isAt(')')) nodes.push(this.quantified(this.atom()));
    return { type: 'sequence', nodes };
  }

  private atom(): PatternNode {
    if (this.take('(')) return this.group();
    if (this.take('[')) return this.units(this.class());
    if (this.take('.')) return { type: 'units', units: otherThan(LINE_ENDS) };
    if (this.take('\\')) return this.units(this.escape());
    if (this.isAt('^') || this.isAt('$')) {
      throw new PatternError('has ^ or $ elsewhere than at its ends', 'write \\^ or \\$ for the character itself');
    }
    if (/[*+?{]/.test(this.source[this.at] ?? '')) throw new PatternError('repeats nothing', 'put a \\ before it');
    return this.literal();
  }

  /** A character beyond 65,535 is two code units. */
  private literal(): PatternNode {
    const character = String.fromCodePoint(this.source.codePointAt(this.at) ?? 0);
    this.at += character.length;
    const nodes = Array.from({ length: character.length }, (_, index) => {
      const unit = character.charCodeAt(index);
      return this.units([[unit, unit]]);
    });
    return { type: 'sequence', nodes };
  }

  private group(): PatternNode {
    if (this.take('?') && !this.take(':')) {
      throw new PatternError('looks ahead or behind, or names a group', 'use plain groups, (…) or (?:…)');
    }
    const node = this.choice();
    if (!this.take(')')) throw new PatternError('has a group that does not end', 'close it with )');
    return node;
  }

  private quantified(node: PatternNode): PatternNode {
    const bounds = this.bounds();
    if (bounds === undefined) return node;
    const [least, most] = bounds;
    if (this.take('?')) throw new PatternError('has a lazy quantifier', 'name what may not be repeated: [^"]* for .*?');
    if (least > most || least > MOST_REPEATS || (most > MOST_REPEATS && most !== Number.POSITIVE_INFINITY)) {
      throw new PatternError('repeats too often, or less than never', `repeat ${MOST_REPEATS} times at most`);
    }
    return this.quantified({ type: 'repeat', node, least, most });
  }

  private bounds(): readonly [number, number] | undefined {
    if (this.take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.take('?')) return [0, 1];
    if (!this.isAt('{')) return undefined;
    const [whole, least, comma, most] = /^\{(\d{1,6})(,?)(\d{0,6})\}/.exec(this.source.slice(this.at)) ?? [];
    if (whole === undefined)
      throw new PatternError('has a { that repeats nothing', 'write \\{ for the character itself');
    this.at += whole.length;
    if (comma === '') return [Number(least), Number(least)];
    return [Number(least), most === '' ? Number.POSITIVE_INFINITY : Number(most)];
  }

  private class(): CodeUnits {
    const isNegated = this.take('^');
    const ranges: (readonly [number, number])[] = [];
    while (!this.take(']')) {
      if (this.at >= this.source.length) throw new PatternError('has a [ that does not end', 'close it with ]');
      const from = this.member();
      const [[first, last] = [0, -1]] = from;
      if (first !== last || !this.isAt('-') || this.source[this.at + 1] === ']') {
        ranges.push(...from);
        continue;
      }
      this.at++;
      const [[to, same] = [0, -1]] = this.member();
      if (to !== same || to < first) throw new PatternError('has a range that is none', 'write \\- for a -');
      ranges.push([first, to]);
    }
    const units = this.ignoreCase ? inBothCases(unitsOf(ranges)) : unitsOf(ranges);
    return isNegated ? otherThan(units) : units;
  }

  private member(): CodeUnits {
    if (this.take('\\')) {
      if (this.take('b')) return [[0x08, 0x08]];
      return this.escape();
    }
    const unit = this.source.codePointAt(this.at) ?? -1;
    if (unit < 0) throw new PatternError('has a [ that does not end', 'close it with ]');
    if (unit > 0xffff) throw new PatternError('has an emoji, or its like, in [ ]', 'write it as a choice: (?:a|b)');
    this.at++;
    return [[unit, unit]];
  }

  private escape(): CodeUnits {
    const name = this.source[this.at++] ?? '';
    const known = CLASSES[name];
    if (known !== undefined) return known;
    const control = CONTROLS[name];
    if (control !== undefined) return [[control, control]];
    if (name === 'x' || name === 'u') return this.spelled(name === 'x' ? 2 : 4);
    if (name === '' || /[A-Za-z0-9]/.test(name)) {
      throw new PatternError(
        name === '' ? 'ends with a \\' : `has \\${name}, which is not known here`,
        'use \\d \\w \\s and their capitals, \\n \\r \\t \\xHH \\uHHHH, and \\b at the ends',
      );
    }
    const unit = name.charCodeAt(0);
    return [[unit, unit]];
  }

  private spelled(digits: number): CodeUnits {
    const text = this.source.slice(this.at, this.at + digits);
    if (text.length !== digits || !/^[0-9A-Fa-f]+$/.test(text)) {
      throw new PatternError('has a \\x or \\u without its digits', 'write \\xHH or \\uHHHH');
    }
    this.at += digits;
    const unit = Number.parseInt(text, 16);
    return [[unit, unit]];
  }

  private units(units: CodeUnits): PatternNode {
    return { type: 'units', units: this.ignoreCase ? inBothCases(units) : units };
  }

  private isAt(character: string): boolean {
    return this.source[this.at] === character;
  }

  private take(character: string): boolean {
    if (!this.isAt(character)) return false;
    this.at++;
    return true;
  }
}
