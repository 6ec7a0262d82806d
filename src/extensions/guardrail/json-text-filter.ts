import { type TextFilter } from './text-filter.js';

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/**
 * Looks through the strings of a JSON text that comes in pieces, and leaves it JSON: what stands in place of a number is
 * a string. What is no JSON after all is looked through word by word.
 */
export class JsonTextFilter {
  private state: 'outside' | 'string' | 'escape' = 'outside';
  /** The digits of an escape, once it has turned out to be one of a code unit. */
  private digits: string | undefined;
  /** A number, or what is no JSON. */
  private bare = '';

  constructor(private readonly filter: TextFilter) {}

  push(text: string): string {
    let passed = '';
    // Of a string, what came without escapes: given on in one piece.
    let plain = '';
    for (const unit of text.split('')) {
      if (this.state === 'escape') {
        const decoded = this.decode(unit);
        if (decoded !== undefined) plain += decoded;
      } else if (this.state === 'string') {
        if (unit === '\\') this.state = 'escape';
        else if (unit === '"') {
          passed += escaped(this.filter.push(plain) + this.filter.end()) + unit;
          plain = '';
          this.state = 'outside';
        } else plain += unit;
      } else if (unit === '"') {
        passed += this.endBare() + unit;
        this.state = 'string';
      } else if (/[{}[\]:,\s]/.test(unit)) passed += this.endBare() + unit;
      else this.bare += unit;
    }
    return plain === '' ? passed : passed + escaped(this.filter.push(plain));
  }

  end(): string {
    if (this.state === 'outside') return this.endBare();
    this.state = 'outside';
    this.digits = undefined;
    return escaped(this.filter.end());
  }

  private endBare(): string {
    const { bare } = this;
    if (bare === '') return '';
    this.bare = '';
    const passed = this.filter.push(bare) + this.filter.end();
    return passed === bare ? bare : JSON.stringify(passed);
  }

  private decode(unit: string): string | undefined {
    if (this.digits === undefined) {
      if (unit === 'u') {
        this.digits = '';
        return undefined;
      }
      this.state = 'string';
      return ESCAPES[unit] ?? unit;
    }
    this.digits += unit;
    if (this.digits.length < 4) return undefined;
    const code = Number.parseInt(this.digits, 16);
    this.digits = undefined;
    this.state = 'string';
    return String.fromCharCode(code);
  }
}

/** Within the quotes. Halves of surrogate pairs stay as they are: the other half may come with the next piece. */
function escaped(text: string): string {
  return text.replaceAll(/["\\]|\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}
