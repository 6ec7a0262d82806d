import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PARTS, SlidingWindow } from './sliding-window.js';

const WINDOW_MS = 60_000;
const PART_MS = WINDOW_MS / PARTS;

type Step =
  | { readonly after: number; readonly add: number; readonly ahead: number }
  | { readonly after: number; readonly remove: number; readonly of: number };

const after = fc.oneof(
  fc.constantFrom(0, 1, PART_MS, WINDOW_MS, WINDOW_MS + 1, 3 * WINDOW_MS),
  fc.integer({ min: 0, max: 5_000 }),
  fc.double({ min: 0, max: 70_000, noNaN: true }),
);
/** What begins to count only then. */
const ahead = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: PART_MS }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ after, ahead, add: fc.integer({ min: 1, max: 100 }) }) },
  fc.record({ after, remove: fc.integer({ min: 1, max: 150 }), of: fc.nat() }),
);

/** The same, kept as plainly as can be: each amount by itself, which leaves with the last one of its part. */
class Model {
  entries: { readonly at: number; amount: number }[] = [];

  add(at: number, amount: number): void {
    this.entries.push({ at, amount });
  }

  sum(now: number): number {
    return this.within(now).reduce((sum, { amount }) => sum + amount, 0);
  }

  /** What came within the window, and nothing else. */
  exact(now: number): number {
    return this.entries.filter(({ at }) => at + WINDOW_MS > now).reduce((sum, { amount }) => sum + amount, 0);
  }

  remove(now: number, at: number, amount: number): number {
    let left = amount;
    for (const entry of this.within(now)) {
      if (partOf(entry.at) !== partOf(at)) continue;
      const taken = Math.min(left, entry.amount);
      entry.amount -= taken;
      left -= taken;
    }
    return amount - left;
  }

  private within(now: number): { readonly at: number; amount: number }[] {
    const lasts = new Map<number, number>();
    for (const { at } of this.entries) lasts.set(partOf(at), Math.max(at, lasts.get(partOf(at)) ?? 0));
    return this.entries.filter(({ at }) => (lasts.get(partOf(at)) ?? 0) + WINDOW_MS > now);
  }
}

const partOf = (at: number): number => Math.floor(at / PART_MS);

describe('SlidingWindow', () => {
  it('holds what a list of everything says that it holds', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e12, noNaN: true }), fc.array(step, { maxLength: 60 }), (start, steps) => {
        const window = new SlidingWindow(WINDOW_MS);
        const model = new Model();
        let now = start;
        const added: number[] = [];
        for (const one of steps) {
          now += one.after;
          window.expire(now);
          if ('add' in one) {
            const at = now + one.ahead;
            window.add(at, one.add);
            model.add(at, one.add);
            added.push(at);
          } else {
            const at = added[one.of % added.length] ?? now;
            expect(window.remove(at, one.remove)).toBe(model.remove(now, at, one.remove));
          }
          expect(window.sum).toBe(model.sum(now));
          expect(window.sum).toBeGreaterThanOrEqual(model.exact(now));
          expect(window.parts().reduce((sum, { amount }) => sum + amount, 0)).toBe(window.sum);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('knows when there is room', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ after, add: fc.integer({ min: 1, max: 100 }) }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 200 }),
        (steps, amount) => {
          const window = new SlidingWindow(WINDOW_MS);
          let now = 0;
          for (const one of steps) {
            now += one.after;
            window.expire(now);
            window.add(now, one.add);
          }
          const before = window.sum;
          const wait = window.untilGone(now, amount);
          if (wait === Number.POSITIVE_INFINITY) {
            expect(amount).toBeGreaterThan(before);
            return;
          }
          window.expire(now + wait - 0.01);
          expect(before - window.sum).toBeLessThan(amount);
          window.expire(now + wait + 0.01);
          expect(before - window.sum).toBeGreaterThanOrEqual(amount);
        },
      ),
    );
  });

  it('is empty when it says that it will be', () => {
    const window = new SlidingWindow(WINDOW_MS);
    expect(window.untilEmpty(0)).toBe(0);
    window.add(5_000, 1);
    window.add(7_000, 2);
    expect(window.untilEmpty(8_000)).toBe(59_000);
    window.expire(66_999);
    expect(window.sum).toBe(2);
    window.expire(67_000);
    expect([window.sum, window.untilEmpty(67_000)]).toEqual([0, 0]);
  });
});
