import { type CodeUnits } from './code-units.js';
import { PatternError, type PatternNode } from './pattern-syntax.js';

/** Of all patterns of one automaton together. More would make it slow to build. */
const MAX_POSITIONS = 2_000;

/** So many states are kept; past that they are made anew as they are needed. */
const MAX_STATES = 2_000;

/** Where reading has got to: after which places of the patterns the next character is to be looked for. */
export interface State {
  /** Indices of the patterns that have matched here, ascending. */
  readonly accepts: readonly number[];
  /** Nothing can match any more. */
  readonly isDead: boolean;
  /** By the class of the next code unit. */
  readonly next: (State | undefined)[];
  readonly positions: readonly number[];
}

/**
 * Finds several patterns in one pass, each code unit looked at once: the patterns' places (Glushkov's construction) as a
 * deterministic automaton, whose states are made when a text first needs them. Time does not depend on the patterns, so
 * there is none that takes for ever; and it knows after every character whether a match may still come.
 */
export class PatternAutomaton {
  private readonly units: CodeUnits[] = [];
  private readonly follow: number[][] = [];
  private readonly owner: number[] = [];
  private readonly isLast: boolean[] = [];
  private readonly firsts: number[] = [];
  private readonly classOf = new Uint16Array(0x10000);
  /** For each position whether it takes a class. */
  private readonly takes: Uint8Array[];
  private readonly classes: number;
  private readonly states = new Map<string, State>();
  private initial: State;

  /** @throws PatternError with the index of the pattern, where there is one that matches nothing at all, or too much. */
  constructor(patterns: readonly PatternNode[]) {
    patterns.forEach((node, index) => {
      const { first, last, isNullable } = this.build(node, index);
      if (isNullable)
        throw new PatternError('matches even where there is nothing', 'have it name at least one character');
      this.firsts.push(...first);
      for (const position of last) this.isLast[position] = true;
    });
    this.classes = this.classify();
    this.takes = this.units.map((units) => this.classesIn(units));
    this.initial = this.intern([], this.firsts);
  }

  /** Before the first character. */
  get start(): State {
    return this.initial;
  }

  step(state: State, unit: number): State {
    const index = this.classOf[unit] ?? 0;
    return state.next[index] ?? this.makeStep(state, index);
  }

  private makeStep(state: State, index: number): State {
    const candidates = state === this.initial ? this.firsts : state.positions.flatMap((one) => this.follow[one] ?? []);
    const reached = new Set<number>();
    for (const position of candidates) if (this.takes[position]?.[index] === 1) reached.add(position);
    const positions = [...reached].sort((a, b) => a - b);
    const next = this.intern(positions);
    state.next[index] = next;
    return next;
  }

  private intern(positions: readonly number[], from: readonly number[] = positions): State {
    const key = positions.join();
    const known = from === positions ? this.states.get(key) : undefined;
    if (known !== undefined) return known;
    const state: State = {
      accepts: [...new Set(positions.filter((one) => this.isLast[one]).map((one) => this.owner[one] ?? 0))],
      isDead: from.length === 0,
      next: [],
      positions,
    };
    if (from !== positions) return state;
    if (this.states.size >= MAX_STATES) {
      // Whoever stands on an old state goes on from there; the rest of them is forgotten.
      this.states.clear();
      this.initial = { ...this.initial, next: [] };
    }
    this.states.set(key, state);
    return state;
  }

  /** Every code unit that no pattern tells from another is in one class with it. */
  private classify(): number {
    const edges = new Set([0, 0x10000]);
    for (const units of this.units) {
      for (const [from, to] of units) edges.add(from).add(to + 1);
    }
    const sorted = [...edges].sort((a, b) => a - b);
    sorted.forEach((from, index) => this.classOf.fill(index, from, sorted[index + 1] ?? from));
    return sorted.length - 1;
  }

  private classesIn(units: CodeUnits): Uint8Array {
    const taken = new Uint8Array(this.classes);
    for (const [from, to] of units) {
      const last = this.classOf[to] ?? 0;
      taken.fill(1, this.classOf[from], last + 1);
    }
    return taken;
  }

  private build(node: PatternNode, owner: number): Built {
    switch (node.type) {
      case 'units':
        return this.place(node.units, owner);
      case 'choice': {
        const built = node.nodes.map((one) => this.build(one, owner));
        return {
          first: built.flatMap(({ first }) => first),
          last: built.flatMap(({ last }) => last),
          isNullable: built.some(({ isNullable }) => isNullable),
        };
      }
      case 'sequence':
        return node.nodes.reduce((before, one) => this.join(before, this.build(one, owner)), EMPTY);
      default:
        return this.repeat(node, owner);
    }
  }

  private place(units: CodeUnits, owner: number): Built {
    const position = this.units.push(units) - 1;
    if (position >= MAX_POSITIONS) {
      throw new PatternError('is too large with what it repeats', 'repeat less, or make two guardrails of it');
    }
    this.follow.push([]);
    this.owner.push(owner);
    this.isLast.push(false);
    return { first: [position], last: [position], isNullable: false };
  }

  private repeat({ node, least, most }: PatternNode & { type: 'repeat' }, owner: number): Built {
    const isEndless = most === Number.POSITIVE_INFINITY;
    const copies = isEndless ? Math.max(1, least) : most;
    const first: number[] = [];
    const last: number[] = [];
    let isNullable = true;
    let before: readonly number[] = [];
    for (let copy = 1; copy <= copies; copy++) {
      const one = this.build(node, owner);
      this.link(before, one.first);
      if (isNullable) first.push(...one.first);
      isNullable &&= one.isNullable;
      // Each copy goes on to the next alone, and not to all after it: the more ways there are, the more states.
      before = one.isNullable ? [...before, ...one.last] : one.last;
      if (copy >= least || one.isNullable) last.push(...one.last);
      if (isEndless && copy === copies) this.link(before, one.first);
    }
    return { first, last, isNullable: isNullable || least === 0 };
  }

  private join(a: Built, b: Built): Built {
    this.link(a.last, b.first);
    return {
      first: a.isNullable ? [...a.first, ...b.first] : a.first,
      last: b.isNullable ? [...a.last, ...b.last] : b.last,
      isNullable: a.isNullable && b.isNullable,
    };
  }

  private link(from: readonly number[], to: readonly number[]): void {
    for (const position of from) {
      const follow = this.follow[position];
      if (follow === undefined) continue;
      const known = new Set(follow);
      for (const one of to) if (!known.has(one)) follow.push(one);
    }
  }
}

/** A part of a pattern: the places at which it may begin and end. */
interface Built {
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly isNullable: boolean;
}

const EMPTY: Built = { first: [], last: [], isNullable: true };
