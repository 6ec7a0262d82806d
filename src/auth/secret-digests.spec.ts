import { describe, expect, it } from 'vitest';
import { SecretDigests } from './secret-digests.js';

const [OLD, NOW] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];

const old = new SecretDigests('a purpose', OLD);
const between = new SecretDigests('a purpose', NOW, { previousMasterKeys: [Buffer.alloc(32, 3), OLD] });
const now = new SecretDigests('a purpose', NOW);

describe('a digest', () => {
  it('is the same for the same secret, master key and purpose alone', () => {
    const digest = now.of('secret');
    expect(digest).toEqual(new SecretDigests('a purpose', NOW).of('secret'));
    expect(digest.subarray(0, 8)).toEqual(now.currentId);
    const hmacs = [digest, now.of('another'), old.of('secret'), new SecretDigests('another purpose', NOW).of('secret')];
    expect(new Set(hmacs.map((one) => one.subarray(8).toString('hex'))).size).toBe(4);
    expect(old.currentId.equals(now.currentId)).toBe(false);
  });

  it('is recognised under the master key of now, and under those of before', () => {
    expect([now.recognize('secret', now.of('secret')), between.recognize('secret', now.of('secret'))]).toEqual([
      'lasting',
      'lasting',
    ]);
    expect(between.recognize('secret', old.of('secret'))).toBe('outdated');
    expect([now.recognize('secret', old.of('secret')), old.recognize('secret', now.of('secret'))]).toEqual([
      undefined,
      undefined,
    ]);
    expect(between.recognize('another', old.of('secret'))).toBeUndefined();
  });

  it('under the master key to come is recognised, and stays as it is', () => {
    const prepared = new SecretDigests('a purpose', OLD, { nextMasterKey: NOW });
    expect(prepared.of('secret')).toEqual(old.of('secret'));
    expect([old, now].map((digests) => prepared.recognize('secret', digests.of('secret')))).toEqual([
      'lasting',
      'lasting',
    ]);
  });

  it('without an id, as it was stored first, is one that is to be made anew', () => {
    expect([now, between].map((digests) => digests.recognize('secret', now.of('secret').subarray(8)))).toEqual([
      'outdated',
      'outdated',
    ]);
    expect(between.recognize('secret', old.of('secret').subarray(8))).toBe('outdated');
    expect(now.recognize('secret', old.of('secret').subarray(8))).toBeUndefined();
  });

  it.each([
    ['nothing', undefined],
    ['no digest', null],
    ['an empty one', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(40)],
    ['a short one', Buffer.alloc(7, 1)],
  ])('is not recognised in %s', (_what, stored) => {
    expect(between.recognize('secret', stored)).toBeUndefined();
  });
});
