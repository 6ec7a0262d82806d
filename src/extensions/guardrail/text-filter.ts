import { type State } from './pattern-automaton.js';
import { OUTSIDE, type TextRule, type TextRules } from './text-rules.js';

/** What becomes of what was found: is told of each, and returns what stands in its place. */
export type OnFound = (rule: TextRule, text: string) => string;

/**
 * Looks through one text that comes in pieces, and lets through what is beyond doubt: all but an end that may still become
 * a match. However the text is cut, what comes out is the same.
 */
export class TextFilter {
  private held = '';
  /** The code unit before what is held. */
  private before = OUTSIDE;
  /** A match that goes on. */
  private tail: State | undefined;

  constructor(
    private readonly rules: TextRules,
    private readonly onFound: OnFound,
    /** Lets everything through at once: what is found is only told. */
    private readonly isOnlyTold = false,
  ) {}

  /** @returns what goes on now. */
  push(text: string): string {
    return this.pass(text, false);
  }

  /** The text has ended. @returns the rest of it. */
  end(): string {
    const rest = this.pass('', true);
    this.before = OUTSIDE;
    this.tail = undefined;
    return rest;
  }

  private pass(piece: string, isWhole: boolean): string {
    const text = this.held + piece;
    let passed = '';
    let from = this.follow(text, 0);
    for (;;) {
      const found = this.rules.find(text, from, this.before, isWhole);
      const { start, end, rule, tail } = found ?? { start: text.length, end: text.length };
      passed += text.slice(from, start);
      from = start;
      if (rule === undefined) break;
      passed += this.onFound(rule, text.slice(start, end));
      this.tail = tail;
      from = this.follow(text, end);
    }
    if (from > 0) this.before = text.charCodeAt(from - 1);
    this.held = text.slice(from);
    return this.isOnlyTold ? piece : passed;
  }

  private follow(text: string, from: number): number {
    if (this.tail === undefined) return from;
    const { end, tail } = this.rules.follow(text, from, this.tail);
    this.tail = tail;
    return end;
  }
}
