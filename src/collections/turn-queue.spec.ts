import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TurnQueue } from './turn-queue.js';

describe('TurnQueue', () => {
  it('takes what came in one turn together, in its order, and not before its end', async () => {
    const taken: string[] = [];
    const queue = new TurnQueue<string>((items) => taken.push(...items));
    queue.add('a');
    await Promise.resolve();
    queue.add('b');
    expect(taken).toEqual([]);
    await setImmediate();
    expect(taken).toEqual(['a', 'b']);
  });

  it('takes each step for all before the next for any', async () => {
    const steps: string[] = [];
    const queue = new TurnQueue<() => void>((all) => all.forEach((go) => go()));
    const call = async (name: string): Promise<void> => {
      await new Promise<void>((resolve) => queue.add(resolve));
      steps.push(`${name}1`);
      await Promise.resolve();
      steps.push(`${name}2`);
    };
    await Promise.all([call('a'), call('b'), call('c')]);
    expect(steps).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'c2']);
  });

  it('leaves what is added while it takes to the next turn', async () => {
    const taken: number[] = [];
    const queue: TurnQueue<number> = new TurnQueue((items) => {
      taken.push(...items);
      for (const item of items) if (item < 3) queue.add(item + 1);
    });
    queue.add(1);
    await setImmediate();
    expect(taken).toEqual([1]);
    await setImmediate();
    expect(taken).toEqual([1, 2]);
    await setImmediate();
    expect(taken).toEqual([1, 2, 3]);
  });
});
