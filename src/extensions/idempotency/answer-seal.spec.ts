import { describe, expect, it } from 'vitest';
import { AnswerSeal } from './answer-seal.js';

const ANSWER = { contentType: 'audio/mpeg', bytes: Buffer.from('a\nsecret') };
const [HERE, THERE] = [Buffer.from('here'), Buffer.from('there')];
const seal = new AnswerSeal(Buffer.alloc(32, 1));

describe('AnswerSeal', () => {
  it('opens what it sealed', () => expect(seal.open(seal.seal(ANSWER, HERE), HERE)).toEqual(ANSWER));

  it('shows nothing, and never the same twice', () => {
    const sealed = seal.seal(ANSWER, HERE);
    expect(sealed.includes('secret')).toBe(false);
    expect(sealed.equals(seal.seal(ANSWER, HERE))).toBe(false);
  });

  it('opens nothing of another place, under another master key, changed or cut', () => {
    const sealed = seal.seal(ANSWER, HERE);
    expect(seal.open(sealed, THERE)).toBeUndefined();
    expect(new AnswerSeal(Buffer.alloc(32, 2)).open(sealed, HERE)).toBeUndefined();
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(sealed.readUInt8(at) ^ 1, at);
      expect(seal.open(changed, HERE)).toBeUndefined();
      expect(seal.open(sealed.subarray(0, at), HERE)).toBeUndefined();
    }
  });
});
