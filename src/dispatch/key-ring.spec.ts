import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeyRing, KeySlot } from './key-ring.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function ringOf(count: number): KeyRing {
  const others = Array.from({ length: count - 1 }, (_, index) => new KeySlot({}, index + 1));
  return new KeyRing([new KeySlot({}, 0), ...others]);
}
const chosen = (ring: KeyRing, times: number, model = 'm'): (number | null | undefined)[] =>
  Array.from({ length: times }, () => ring.choose(model)?.index);

describe('KeyRing', () => {
  it('takes its keys in turn', () => {
    expect(chosen(ringOf(3), 7)).toEqual([0, 1, 2, 0, 1, 2, 0]);
    expect(chosen(ringOf(1), 2)).toEqual([0, 0]);
  });

  it('takes none that was spent already', () => {
    const ring = ringOf(3);
    const [first, second] = ring.slots;
    if (second === undefined) throw new Error('There are three.');
    expect(ring.choose('m', [first, second])?.index).toBe(2);
    expect(ring.choose('m', [...ring.slots])).toBeUndefined();
    const single = ringOf(1);
    expect(single.choose('m', [single.slots[0]])).toBeUndefined();
  });

  it('sets aside a key that was refused, for five minutes or until it is taken', () => {
    const ring = ringOf(2);
    ring.slots[0].refuse();
    expect(chosen(ring, 3)).toEqual([1, 1, 1]);
    ring.slots[1]?.refuse();
    expect(ring.choose('m')).toBeUndefined();
    expect(ring.refusal('m')).toEqual({ reason: 'key_refused', retryAfter: 300 });
    ring.slots[1]?.accept();
    expect(chosen(ring, 2)).toEqual([1, 1]);
    vi.advanceTimersByTime(300_000);
    expect(new Set(chosen(ring, 4))).toEqual(new Set([0, 1]));
  });

  it('leaves a key alone with a model as long as the provider says', () => {
    const ring = ringOf(1);
    ring.slots[0].limit('m', 7);
    ring.slots[0].limit('m', 2);
    expect(chosen(ring, 1, 'other')).toEqual([0]);
    expect(ring.refusal('m')).toEqual({ reason: 'rate_limited', retryAfter: 7 });
    vi.advanceTimersByTime(6_999);
    expect(ring.choose('m')).toBeUndefined();
    vi.advanceTimersByTime(1);
    expect(chosen(ring, 1)).toEqual([0]);
    expect(ring.slots[0].isUntroubled).toBe(true);
  });

  it.each([
    ['that is not told', 0, 5],
    ['that is very long', 86_400, 300],
  ])('knows better than a time %s', (_name, told, kept) => {
    const ring = ringOf(1);
    ring.slots[0].limit('m', told);
    expect(ring.refusal('m').retryAfter).toBe(kept);
  });

  it('knows which key may be tried all the same', () => {
    const ring = ringOf(3);
    ring.slots[0].limit('m', 1);
    ring.slots[1]?.refuse();
    vi.advanceTimersByTime(100);
    ring.slots[2]?.refuse();
    expect(ring.leastBad('m', false)?.index).toBe(1);
    expect(ring.leastBad('m', true)?.index).toBe(0);
    expect(ring.refusal('m').reason).toBe('key_refused');
  });

  it('remembers limits of a thousand models at most', () => {
    const [slot] = ringOf(1).slots;
    for (let model = 0; model <= 1_000; model++) slot.limit(`m${model}`, 60);
    expect(slot.limitedFor('m0', performance.now())).toBe(0);
    expect(slot.limitedFor('m1000', performance.now())).toBe(60_000);
  });
});
