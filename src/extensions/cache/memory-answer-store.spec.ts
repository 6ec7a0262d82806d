import { describe, expect, it, vi } from 'vitest';
import { tenantOf } from '../../auth/tenant.js';
import { type AnswerPlace, type CachedAnswer } from './answer-store.js';
import { MemoryAnswerStore } from './memory-answer-store.js';

const answer = (text: string): CachedAnswer => ({ contentType: 'text/plain', bytes: Buffer.from(text), warnings: [] });
const place = (key: string, keyName = 'one', model = 'm'): AnswerPlace => ({
  key,
  tenant: tenantOf({ keyId: null, keyName }),
  model,
});

function filled(store: MemoryAnswerStore, ...places: AnswerPlace[]): MemoryAnswerStore {
  for (const one of places) store.keep(one, store.find(one).epoch, answer(one.key), 60_000);
  return store;
}

const kept = (store: MemoryAnswerStore, ...places: AnswerPlace[]): (string | undefined)[] =>
  places.map((one) => store.find(one).found?.answer.bytes.toString());

describe('MemoryAnswerStore', () => {
  it('gives back what was kept, with its age, until its time is over', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const store = new MemoryAnswerStore(100_000);
    const a = place('a');
    store.keep(a, store.find(a).epoch, answer('a'), 10_000);
    vi.advanceTimersByTime(9_500);
    expect(store.find(a).found).toMatchObject({ answer: answer('a'), age: 9.5 });
    vi.advanceTimersByTime(600);
    expect(store.find(a).found).toBeUndefined();
    vi.useRealTimers();
  });

  it('holds no more than its bytes, and lets go of what nobody asked for the longest', () => {
    const [a, b, c] = [place('a'), place('b'), place('c')];
    const store = new MemoryAnswerStore(2_500);
    for (const one of [a, b]) store.keep(one, store.find(one).epoch, answer(one.key.repeat(500)), 60_000);
    store.find(a);
    store.keep(c, store.find(c).epoch, answer('c'.repeat(500)), 60_000);
    expect(kept(store, a, b, c)).toEqual(['a'.repeat(500), undefined, 'c'.repeat(500)]);
    const huge = place('huge');
    store.keep(huge, store.find(huge).epoch, answer('x'.repeat(3_000)), 60_000);
    expect(kept(store, huge, a)).toEqual([undefined, 'a'.repeat(500)]);
  });

  it('keeps no more of a larger piece of memory than the answer itself', () => {
    const store = new MemoryAnswerStore(100_000);
    const piece = Buffer.from('....answer....');
    const a = place('a');
    store.keep(a, '0', { ...answer(''), bytes: piece.subarray(4, 10) }, 60_000);
    piece.fill(0);
    expect(store.find(a).found?.answer.bytes.buffer.byteLength).toBe(6);
    expect(kept(store, a)).toEqual(['answer']);
  });

  it('clears all, those of a tenant, of a model, or of both', () => {
    const places = [place('a'), place('b', 'two'), place('c', 'one', 'n'), place('d', 'two', 'n')];
    const left = (...scope: Parameters<MemoryAnswerStore['clear']>): string => {
      const store = filled(new MemoryAnswerStore(100_000), ...places);
      store.clear(...scope);
      return kept(store, ...places).join('');
    };
    const { tenant } = place('', 'two');
    expect([left({}), left({ tenant }), left({ model: 'n' }), left({ tenant, model: 'n' })]).toEqual([
      '',
      'ac',
      'ab',
      'abc',
    ]);
  });

  it('does not keep the answer to what was asked before a clearance', () => {
    const store = new MemoryAnswerStore(100_000);
    const a = place('a');
    const { epoch } = store.find(a);
    store.clear({});
    store.keep(a, epoch, answer('old'), 60_000);
    expect(kept(store, a)).toEqual([undefined]);
    expect(kept(filled(store, a), a)).toEqual(['a']);
  });
});
