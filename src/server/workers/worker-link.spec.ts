import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WorkerLink } from './worker-link.js';
import { type WorkerMessage } from './worker-messages.js';

/** A worker's end of its link, and what it has sent. */
function linked() {
  const sent: WorkerMessage[] = [];
  const ends = new EventEmitter();
  const send = (message: WorkerMessage): boolean => sent.push(message) > 0;
  const worker = Object.assign(ends, { env: {}, send }) as unknown as NodeJS.Process;
  const nothing = (): void => undefined;
  const link = new WorkerLink(worker, { onStop: nothing, onAlone: nothing, onComplete: nothing });
  return { link, sent, ask: (number: number) => ends.emit('message', { kind: 'collect-metrics', number }) };
}

describe('WorkerLink', () => {
  it('tells the metrics of this process', async () => {
    const { link, sent, ask } = linked();
    link.ready(() => Promise.resolve([]));
    ask(7);
    await expect.poll(() => sent).toEqual([{ kind: 'ready' }, { kind: 'metrics', number: 7, metrics: [] }]);
  });

  it('tells none where one of them cannot be had, and goes on', async () => {
    const { link, sent, ask } = linked();
    let asked = 0;
    link.ready(() => (asked++ === 0 ? Promise.reject(new Error('a gauge of the host')) : Promise.resolve([])));
    ask(1);
    ask(2);
    await expect.poll(() => sent).toEqual([{ kind: 'ready' }, { kind: 'metrics', number: 2, metrics: [] }]);
  });
});
