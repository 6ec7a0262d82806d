import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openSecrets, sealSecrets } from './provider-secrets.js';
import { rekey } from './rekey.js';
import { SecretBox } from './secret-box.js';
import { type EntryOf, type StoredProvider } from './stored-routing.js';

const SETTINGS: StoredProvider = { kind: 'openai-compatible', baseUrl: 'https://one.example/v1' };
const SECRETS = { apiKey: 'sk-secret', headers: { 'x-a': 'b' } };

function entryOf(box: SecretBox, changes: Partial<EntryOf<'provider'>> = {}): EntryOf<'provider'> {
  const at = new Date(0);
  return {
    id: 'id',
    name: 'a',
    kind: 'provider',
    settings: SETTINGS,
    secrets: sealSecrets(box, 'id', SETTINGS, SECRETS),
    createdAt: at,
    updatedAt: at,
    version: 1,
    ...changes,
  };
}

describe('sealed secrets', () => {
  const key = randomBytes(32);
  const box = new SecretBox(key);

  it('open where they were sealed for, by whoever has the key', () => {
    const entry = entryOf(box);
    expect(openSecrets(new SecretBox(key), entry)).toEqual(SECRETS);
    expect(entry.secrets?.includes('sk-secret')).toBe(false);
    expect(sealSecrets(box, 'id', SETTINGS, {})).toBeNull();
    expect(openSecrets(box, entryOf(box, { secrets: null }))).toEqual({});
  });

  it('are another envelope each time', () => {
    expect(entryOf(box).secrets).not.toEqual(entryOf(box).secrets);
  });

  it.each<[what: string, changes: Partial<EntryOf<'provider'>>]>([
    ['another row', { id: 'other' }],
    ['another host', { settings: { ...SETTINGS, baseUrl: 'https://two.example/v1' } }],
    ['another port', { settings: { ...SETTINGS, baseUrl: 'https://one.example:8443/v1' } }],
    ['another scheme', { settings: { ...SETTINGS, baseUrl: 'http://one.example/v1' } }],
    ['the host of a kind', { settings: { kind: 'openai-compatible' } }],
    ['another kind', { settings: { ...SETTINGS, kind: 'openai' } }],
    ['another region', { settings: { ...SETTINGS, region: 'eu-central-1' } }],
  ])('do not open when they are moved to %s', (_what, changes) => {
    expect(openSecrets(box, entryOf(box, changes))).toBeUndefined();
  });

  it('open in another place of the same host', () => {
    const settings = { ...SETTINGS, baseUrl: 'https://one.example/v2', weight: 5 };
    expect(openSecrets(box, entryOf(box, { settings }))).toEqual(SECRETS);
  });

  it('do not open when a bit of them is another, or some are missing', () => {
    const sealed = entryOf(box).secrets ?? Buffer.alloc(0);
    for (let at = 0; at < sealed.length; at++) {
      const damaged = Buffer.from(sealed);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at);
      expect(openSecrets(box, entryOf(box, { secrets: damaged }))).toBeUndefined();
      expect(openSecrets(box, entryOf(box, { secrets: sealed.subarray(0, at) }))).toBeUndefined();
    }
  });

  it('do not open under another master key, but under one of before', () => {
    const entry = entryOf(box);
    const next = randomBytes(32);
    expect(openSecrets(new SecretBox(next), entry)).toBeUndefined();
    expect(openSecrets(new SecretBox(next, [key]), entry)).toEqual(SECRETS);
  });

  it('are sealed anew under the master key of now', () => {
    const entry = entryOf(box);
    const next = new SecretBox(randomBytes(32), [key]);
    const lost = entryOf(new SecretBox(randomBytes(32)), { name: 'lost' });
    const { entries, unreadable } = rekey({ entries: [entry, lost, entryOf(next)], prices: [] }, next);
    expect([entries.map(({ name }) => name), unreadable]).toEqual([['a'], ['lost']]);
    const [sealed] = entries;
    expect(sealed && [next.isCurrent(sealed.secrets ?? Buffer.alloc(0)), openSecrets(next, sealed)]).toEqual([
      true,
      SECRETS,
    ]);
  });

  it('are not made without a master key, and told apart by digests that say nothing of them', () => {
    const keyless = new SecretBox(undefined, [key]);
    expect([keyless.canSeal, openSecrets(keyless, entryOf(box))]).toEqual([false, SECRETS]);
    expect(() => keyless.seal('a', Buffer.alloc(0))).toThrow('no master key');
    expect([box.digest('a') === box.digest('a'), box.digest('a') === box.digest('b')]).toEqual([true, false]);
    expect(box.digest('a')).not.toBe(new SecretBox(randomBytes(32)).digest('a'));
  });
});
