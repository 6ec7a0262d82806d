import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Placed, PlacedList } from './placed-list.js';

describe('PlacedList', () => {
  it('holds what was added and not removed, in whatever order that happens', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9)), (steps) => {
        const list = new PlacedList<Placed>();
        const items = Array.from({ length: 10 }, (): Placed => ({ place: -1 }));
        const expected = new Set<Placed>();
        for (const step of steps) {
          const item = items[step] ?? { place: -1 };
          if (expected.delete(item)) list.remove(item);
          else {
            expected.add(item);
            list.add(item);
          }
          expect(new Set(list.snapshot())).toEqual(expected);
          expect(list.length).toBe(expected.size);
        }
      }),
    );
  });

  it('does nothing with what it does not hold', () => {
    const list = new PlacedList<Placed>();
    const item = { place: -1 };
    list.add(item);
    list.remove(item);
    list.remove(item);
    list.remove({ place: -1 });
    expect(list.length).toBe(0);
  });
});
