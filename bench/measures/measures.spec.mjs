import { describe, expect, it } from 'vitest';
import { costRatio, inTurn } from './side-by-side.mjs';
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

describe('inTurn', () => {
  const settings = { warmup: 1, rounds: 3, seconds: 4 };

  /** @param {string} name */
  const subject = (name) => ({ name, child: { pid: 0 } });

  /** A stage whose loads fail for `name` at these turns. @param {string} name @param {readonly number[]} failing */
  const stageWhere = (name, failing) => {
    let turn = 0;
    /** @type {string[]} */
    const said = [];
    /** @param {unknown} _scenario @param {{ name: string }} target @param {{ seconds: number }} effort */
    const load = async (_scenario, target, { seconds }) => {
      const fails = target.name === name && failing.includes(turn++);
      return { requests: 100 * seconds, perSecond: 100, errors: fails ? { 'status not 2xx': 7 } : {} };
    };
    return { settings, load, said, say: (/** @type {string} */ line) => void said.push(line) };
  };

  it('counts a round for nothing in which one of the two was answered wrongly, says so, and goes on', async () => {
    const stage = stageWhere('large', [2]);
    const { small, large, voids } = await inTurn(stage, {}, [subject('small')], [subject('large')]);
    expect([small.length, large.length]).toEqual([2, 2]);
    expect(voids).toEqual(['round 1, large: {"status not 2xx":7}']);
    expect(stage.said).toEqual(['VOID: round 1, large: {"status not 2xx":7}']);
  });

  it('tells of what is answered wrongly before it measures', async () => {
    const stage = stageWhere('large', [0, 3]);
    const { small, voids } = await inTurn(stage, {}, [subject('small')], [subject('large')], { warmUps: 1, leadIn: 6 });
    expect(small).toHaveLength(3);
    expect(voids).toEqual(['warm-up, large: {"status not 2xx":7}', 'before round 2, large: {"status not 2xx":7}']);
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
