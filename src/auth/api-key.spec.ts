import { describe, expect, it } from 'vitest';
import { apiKeyId, cacheDigest, generateApiKey, keyDigests, maskApiKey } from './api-key.js';

/** Made once, and never to change: keys of this form are in people's hands. */
const KEY = generateApiKey();

describe('a generated key', () => {
  it('has the form that secret scanners look for', () => {
    for (let count = 0; count < 50; count++) {
      const { id, key } = generateApiKey();
      expect(key).toMatch(/^sk-nestgate_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/);
      expect(apiKeyId(key)).toBe(id);
      expect(key.split('_')[1]).toBe(id);
    }
  });

  it('is another each time', () => {
    expect(new Set(Array.from({ length: 100 }, () => generateApiKey().key)).size).toBe(100);
  });
});

describe('apiKeyId', () => {
  const { key } = KEY;

  it('knows a key by its checksum: any one character changed is no key', () => {
    for (let at = 0; at < key.length; at++) {
      const other = key[at] === 'a' ? 'b' : 'a';
      expect(apiKeyId(key.slice(0, at) + other + key.slice(at + 1))).toBeUndefined();
    }
  });

  it.each([
    '',
    'sk-nestgate_',
    key.slice(0, -1),
    `${key}0`,
    ` ${key}`,
    `${key}\n`,
    key.toUpperCase(),
    'x'.repeat(key.length),
    '_'.repeat(key.length),
    key.replace('sk-nestgate_', 'sk-nestgate-'),
  ])('takes nothing else for a key: %j', (other) => {
    expect(apiKeyId(other)).toBeUndefined();
  });

  it('reads keys made by earlier versions', () => {
    expect(apiKeyId(`sk-nestgate_${'0'.repeat(12)}_${'0'.repeat(43)}${CHECKSUM_OF_ZEROS}`)).toBe('0'.repeat(12));
  });
});

/** CRC-32 of `sk-nestgate_000000000000_` and 43 zeros, in base 62 with six digits. */
const CHECKSUM_OF_ZEROS = '3PJkY9';

describe('what is kept of a key', () => {
  it('is a digest that databases know', () => {
    // Of digests that are stored: must not change.
    expect(keyDigests(Buffer.alloc(32, 1)).of('a').subarray(8).toString('hex')).toBe(
      '51313b4aeec91b1515713167e870bf75974d573c1c8a5653c14520888de415b3',
    );
  });

  it('is masked for people', () => {
    const { key } = KEY;
    expect(maskApiKey(key)).toBe(`${key.slice(0, 16)}…${key.slice(-4)}`);
    expect(maskApiKey(key).length).toBe(21);
  });

  it('is another digest in memory', () => {
    expect(cacheDigest('a')).toBe('ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=');
  });
});
