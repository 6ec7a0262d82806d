import { describe, expect, it } from 'vitest';
import { keyDigests, apiKeyId } from '../auth/api-key.js';
import { MemoryApiKeyRepository } from '../auth/memory-api-key.repository.js';
import { type GatewayOptions } from '../gateway.options.js';
import { resolveSettings } from '../gateway.settings.js';
import { FirstKey } from './first-key.js';

const DIGESTS = keyDigests(Buffer.alloc(32, 7));

function firstKeyOf(options: GatewayOptions = {}, repository = new MemoryApiKeyRepository()) {
  return { repository, firstKey: new FirstKey(resolveSettings(options, DIGESTS), repository) };
}

describe('FirstKey', () => {
  it('makes a key for everything, and keeps only what it takes to know it again', async () => {
    const { firstKey, repository } = firstKeyOf();

    const key = (await firstKey.make()) ?? '';

    const stored = await repository.findById(apiKeyId(key) ?? '');
    expect(stored).toMatchObject({
      digest: DIGESTS.of(key),
      allowedModels: null,
      expiresAt: null,
      disabledAt: null,
    });
    expect(JSON.stringify(stored)).not.toContain(key);
  });

  it('makes one once', async () => {
    const { firstKey, repository } = firstKeyOf();
    await firstKey.make();
    expect(await firstKey.make()).toBeUndefined();
    expect(await firstKeyOf({}, repository).firstKey.make()).toBeUndefined();
    expect(await repository.count()).toBe(1);
  });

  it.each([
    ['one is configured', { keys: [{ name: 'team', secret: 'sk-0123456789abcdef' }] }],
    ['none is asked for', { auth: 'disabled' as const }],
  ])('makes none where %s', async (_name, options) => {
    const { firstKey, repository } = firstKeyOf(options);
    expect(await firstKey.make()).toBeUndefined();
    expect(await repository.count()).toBe(0);
  });

  it('shows no key that was not stored', async () => {
    class FullRepository extends MemoryApiKeyRepository {
      override insert(): Promise<boolean> {
        return Promise.resolve(false);
      }
    }
    expect(await firstKeyOf({}, new FullRepository()).firstKey.make()).toBeUndefined();
  });
});
