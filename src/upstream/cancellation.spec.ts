import { describe, expect, it } from 'vitest';
import { Cancellation } from './cancellation.js';

describe('Cancellation', () => {
  it('tells its listeners once, in their order', () => {
    const cancellation = new Cancellation();
    const heard: string[] = [];
    cancellation.onCancel(() => heard.push('a'));
    cancellation.onCancel(() => heard.push('b'));
    expect(cancellation.cancelled).toBe(false);
    cancellation.cancel('why');
    cancellation.cancel('again');
    expect(heard).toEqual(['a', 'b']);
    expect([cancellation.cancelled, cancellation.reason]).toEqual([true, 'why']);
  });

  it('tells a listener that comes late at once', () => {
    const cancellation = new Cancellation();
    cancellation.cancel('why');
    const heard: unknown[] = [];
    const unlink = cancellation.onCancel(() => heard.push(cancellation.reason));
    unlink();
    expect(heard).toEqual(['why']);
  });

  it('forgets a listener that takes itself back, and no other', () => {
    const cancellation = new Cancellation();
    const heard: string[] = [];
    const unlink = cancellation.onCancel(() => heard.push('a'));
    cancellation.onCancel(() => heard.push('b'));
    unlink();
    unlink();
    cancellation.cancel('why');
    unlink();
    expect(heard).toEqual(['b']);
  });

  it('reaches all listeners also if one takes another back meanwhile', () => {
    const cancellation = new Cancellation();
    const heard: string[] = [];
    cancellation.onCancel(() => {
      heard.push('a');
      unlink();
    });
    const unlink = cancellation.onCancel(() => heard.push('b'));
    cancellation.onCancel(() => heard.push('c'));
    cancellation.cancel('why');
    expect(heard).toEqual(['a', 'b', 'c']);
  });

  it('knows its reason while it tells', () => {
    const cancellation = new Cancellation();
    let seen: unknown;
    cancellation.onCancel(() => (seen = [cancellation.cancelled, cancellation.reason]));
    cancellation.cancel('why');
    expect(seen).toEqual([true, 'why']);
  });

  it('is a signal for who wants one, made before or after', () => {
    const reason = new Error('why');
    const before = new Cancellation();
    const { signal } = before;
    expect([signal.aborted, before.signal === signal]).toEqual([false, true]);
    before.cancel(reason);
    expect([signal.aborted, signal.reason]).toEqual([true, reason]);

    const after = new Cancellation();
    after.cancel(reason);
    expect([after.signal.aborted, after.signal.reason]).toEqual([true, reason]);
  });

  it('sleeps until the time is over, or until it is cancelled', async () => {
    const cancellation = new Cancellation();
    await cancellation.sleep(1);
    const sleeping = cancellation.sleep(2 ** 30);
    cancellation.cancel('enough');
    await expect(sleeping).rejects.toBe('enough');
    await expect(cancellation.sleep(2 ** 30)).rejects.toBe('enough');
  });
});
