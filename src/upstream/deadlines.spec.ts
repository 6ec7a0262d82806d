import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadlines } from './deadlines.js';

describe('Deadlines', () => {
  let deadlines: Deadlines;
  let passed: string[];
  const set = (name: string, milliseconds: number) => deadlines.set(milliseconds, () => passed.push(name));

  beforeEach(() => {
    vi.useFakeTimers();
    deadlines = new Deadlines();
    passed = [];
  });

  afterEach(() => {
    deadlines.onApplicationShutdown();
    vi.useRealTimers();
  });

  it('tells each when its time has come, whatever the order they were set in', () => {
    set('third', 300);
    set('first', 100);
    set('second', 200);
    vi.advanceTimersByTime(98);
    expect(passed).toEqual([]);
    vi.advanceTimersByTime(2);
    expect(passed).toEqual(['first']);
    vi.advanceTimersByTime(200);
    expect(passed).toEqual(['first', 'second', 'third']);
  });

  it('has one timer for all of them', () => {
    for (let at = 0; at < 100; at++) set(String(at), 1_000 - at);
    expect(vi.getTimerCount()).toBe(1);
  });

  it('tells none that was taken back, and of the others no later for it', () => {
    const back = set('back', 100);
    set('stays', 150);
    deadlines.clear(back);
    vi.advanceTimersByTime(150);
    expect(passed).toEqual(['stays']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes back another one from within, and sets a new one', () => {
    const other = set('other', 100);
    deadlines.set(100, () => {
      passed.push('one');
      deadlines.clear(other);
      set('next', 50);
    });
    // Whichever is looked at first: the other one is told before, or never.
    vi.advanceTimersByTime(100);
    expect(passed.filter((name) => name === 'one')).toHaveLength(1);
    vi.advanceTimersByTime(50);
    expect(passed.at(-1)).toBe('next');
  });

  it('has no timer for what may take for ever', () => {
    expect(set('never', Number.POSITIVE_INFINITY)).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tells at once what is late already', () => {
    set('late', -5);
    vi.advanceTimersByTime(1);
    expect(passed).toEqual(['late']);
  });
});
