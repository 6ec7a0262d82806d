import { describe, expect, it } from 'vitest';
import { OpenLoopTimes, Schedule } from './schedule.mjs';

describe('Schedule', () => {
  const schedule = new Schedule({ rate: 250, seconds: 4, warmUpSeconds: 1 });

  it('has every request that the rate asks for', () => {
    expect(schedule.total).toBe(1_250);
    expect(new Schedule({ rate: 3, seconds: 0.5, warmUpSeconds: 0 }).total).toBe(1);
  });

  it('spaces them evenly, and does not drift', () => {
    expect(schedule.dueAfter(0)).toBe(0);
    expect(schedule.dueAfter(1)).toBe(4);
    // A third of a millisecond added up a million times would have an error by now.
    expect(new Schedule({ rate: 3_000, seconds: 1, warmUpSeconds: 0 }).dueAfter(3_000_000)).toBe(1_000_000);
  });

  it('measures what is due after the warm-up', () => {
    const counted = Array.from({ length: schedule.total }, (_, index) => schedule.counts(index)).filter(Boolean);
    expect(schedule.counts(249)).toBe(false);
    expect(schedule.counts(250)).toBe(true);
    expect(counted).toHaveLength(1_000);
  });
});

describe('OpenLoopTimes', () => {
  it('counts from when a request was due, not from when it was sent', () => {
    const times = new OpenLoopTimes();
    // The generator stood still for 30 ms, and the server took 2.
    times.sent({ due: 100, sent: 130 });
    times.answered({ due: 100, first: 131, end: 132 });
    expect(times.lags).toEqual([30]);
    expect(times.firstBytes).toEqual([31]);
    expect(times.latencies).toEqual([32]);
  });

  it('makes all requests of a second pay for a server that stands still in it', () => {
    const schedule = new Schedule({ rate: 10, seconds: 1, warmUpSeconds: 0 });
    const times = new OpenLoopTimes();
    for (let index = 0; index < schedule.total; index++) {
      times.answered({ due: schedule.dueAfter(index), first: 1_000, end: 1_000 });
    }
    expect(times.latencies).toEqual([1_000, 900, 800, 700, 600, 500, 400, 300, 200, 100]);
  });
});
