import { DIGITS, holds, WORDS } from './code-units.js';
import { PatternAutomaton, type State } from './pattern-automaton.js';
import { type Pattern, type PatternEdge } from './pattern-syntax.js';

/** What is looked for in texts. */
export interface TextRule {
  /** What it finds, as records and headers name it. */
  readonly kind: string;
  readonly pattern: Pattern;
  /** What stands in its place. */
  readonly replacement: string;
  /** For what its form alone does not tell: a checksum. */
  isValid?(text: string): boolean;
}

/** A place in a text at which something was found, or may still be. */
export interface Found {
  readonly start: number;
  readonly end: number;
  /** `undefined`: the text ends within what may become a match. */
  readonly rule: TextRule | undefined;
  /** The match goes on after `end` for as long as this accepts. */
  readonly tail?: State | undefined;
}

/** Where a match may end. */
interface Accepted {
  readonly end: number;
  readonly state: State;
}

/**
 * A match shows within so many code units: at most that much of a stream is held back. What goes on matching after them is
 * part of it.
 */
export const MATCH_UNITS = 256;

/** Beyond the text. */
export const OUTSIDE = -1;

/** Rules as one automaton. The leftmost match counts; of those the longest that is valid; of those the first rule's. */
export class TextRules {
  private readonly automaton: PatternAutomaton;

  /** @throws PatternError */
  constructor(private readonly rules: readonly TextRule[]) {
    this.automaton = new PatternAutomaton(rules.map(({ pattern }) => pattern.node));
  }

  /**
   * @param before the code unit before the text.
   * @param isWhole whether the text ends here.
   * @returns what comes first at or after `from`; `undefined` where nothing is, or may come to be.
   */
  find(text: string, from: number, before: number, isWhole: boolean): Found | undefined {
    for (let start = from; start < text.length; start++) {
      const { automaton } = this;
      let state = automaton.step(automaton.start, text.charCodeAt(start));
      if (state.isDead) continue;
      // Most starts come to nothing: they shall cost nothing.
      let accepted: Accepted[] | undefined;
      const limit = start + MATCH_UNITS;
      let end = start + 1;
      for (;;) {
        if (state.accepts.length > 0) (accepted ??= []).push({ end, state });
        if (end === limit) break;
        if (end === text.length) {
          if (isWhole) break;
          return { start, end, rule: undefined };
        }
        state = automaton.step(state, text.charCodeAt(end));
        if (state.isDead) break;
        end++;
      }
      // Whether a word ends here is for the next one to say.
      if (end === text.length && !isWhole) return { start, end, rule: undefined };
      const found = accepted && this.longest(text, start, before, accepted);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** How much more of a text belongs to a match that went on. */
  follow(text: string, from: number, tail: State): { readonly end: number; readonly tail: State | undefined } {
    let state = tail;
    for (let end = from; end < text.length; end++) {
      state = this.automaton.step(state, text.charCodeAt(end));
      if (state.accepts.length === 0) return { end, tail: undefined };
    }
    return { end: text.length, tail: state };
  }

  private longest(text: string, start: number, before: number, accepted: readonly Accepted[]): Found | undefined {
    for (const { end, state } of accepted.toReversed()) {
      const index = state.accepts.find((one) => this.isMatch(text, start, end, before, this.rules[one]));
      if (index === undefined) continue;
      return { start, end, rule: this.rules[index], tail: end - start === MATCH_UNITS ? state : undefined };
    }
    return undefined;
  }

  private isMatch(text: string, start: number, end: number, before: number, rule: TextRule | undefined): boolean {
    if (rule === undefined) return false;
    const { pattern } = rule;
    const unit = (at: number): number => (at < 0 ? before : at < text.length ? text.charCodeAt(at) : OUTSIDE);
    return (
      isEdge(pattern.start, unit(start - 1), unit(start)) &&
      isEdge(pattern.end, unit(end), unit(end - 1)) &&
      rule.isValid?.(text.slice(start, end)) !== false
    );
  }
}

function isEdge(edge: PatternEdge, outside: number, inside: number): boolean {
  switch (edge) {
    case 'anywhere':
      return true;
    case 'text':
      return outside === OUTSIDE;
    case 'word':
      return holds(WORDS, outside) !== holds(WORDS, inside);
    default:
      return !holds(DIGITS, outside) || !holds(DIGITS, inside);
  }
}
