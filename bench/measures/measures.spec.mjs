import { describe, expect, it } from 'vitest';
import { costRatio } from './side-by-side.mjs';
import { kibEach } from './slow-streams.mjs';

describe('costRatio', () => {
  it('compares neighbours, in time and in CPU', () => {
    // The whole machine was slow in the second round.
    const small = [1_000, 500, 1_000].map((perSecond) => ({ perSecond, cpuMicros: 400 }));
    const large = [800, 400, 800].map((perSecond) => ({ perSecond, cpuMicros: 600 }));
    expect(costRatio({ small, large })).toEqual({ time: 1.25, cpu: 1.5 });
  });

  it('says nothing of CPU where it is not known', () => {
    const costs = [{ perSecond: 100, cpuMicros: undefined }];
    expect(costRatio({ small: costs, large: costs })).toEqual({ time: 1, cpu: undefined });
  });
});

describe('kibEach', () => {
  it('shares out what memory has grown by', () => {
    const before = { rss: 100 * 1024, heapUsed: 10 * 1024, external: 0 };
    const after = { rss: 500 * 1024, heapUsed: 110 * 1024, external: 100 * 1024 };
    expect(kibEach(before, after, 10)).toEqual({ rss: 40, alive: 20 });
    expect(kibEach(undefined, after, 10)).toBeUndefined();
  });
});
