import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { resolveSettings } from '../gateway.settings.js';
import { type KeyOptions } from '../key.options.js';
import { generateApiKey, keyDigests, maskApiKey } from './api-key.js';
import { ApiKeyAuthenticator } from './api-key-authenticator.js';
import { type StoredApiKey } from './api-key.repository.js';
import { ChangeFeed } from './change-feed.js';
import { MemoryApiKeyRepository } from './memory-api-key.repository.js';

const DIGESTS = keyDigests(Buffer.alloc(32, 7));

/** A repository that counts what it is asked, and can be down or slow. */
class TestRepository extends MemoryApiKeyRepository {
  lookups = 0;
  isDown = false;
  before: () => Promise<unknown> = () => Promise.resolve();

  override async findById(id: string): Promise<StoredApiKey | undefined> {
    this.lookups++;
    await this.before();
    if (this.isDown) throw new Error('the database is down');
    return super.findById(id);
  }

  async make(changes: Partial<StoredApiKey> = {}): Promise<string> {
    const { id, key } = generateApiKey();
    await this.insert({
      id,
      name: 'stored',
      digest: DIGESTS.of(key),
      masked: maskApiKey(key),
      allowedModels: null,
      settings: {},
      createdAt: new Date(),
      expiresAt: null,
      disabledAt: null,
      ...changes,
    });
    return key;
  }
}

let repository: TestRepository;
const authenticatorOf = (keys: KeyOptions[] = []): ApiKeyAuthenticator =>
  new ApiKeyAuthenticator(resolveSettings({ keys }, DIGESTS), repository);

beforeEach(() => {
  Logger.overrideLogger(false);
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  repository = new TestRepository();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a key of the configuration', () => {
  it('is known at once, without the database', () => {
    const secret = 'sk-configured-0123456789';
    const authenticator = authenticatorOf([{ name: 'web', secret, models: ['a', 'b'] }]);
    expect(authenticator.authenticate(secret)).toEqual({
      keyId: null,
      keyName: 'web',
      settings: {},
      allowedModels: new Set(['a', 'b']),
    });
    expect(repository.lookups).toBe(0);
  });

  it.each([[undefined], [['*']], [['a', '*']]])('may use all models with %j', (models) => {
    const secret = 'sk-configured-0123456789';
    const options: KeyOptions = { name: 'web', secret, ...(models === undefined ? {} : { models }) };
    expect(authenticatorOf([options]).authenticate(secret)).toMatchObject({ allowedModels: null });
  });
});

describe('what cannot be a key', () => {
  it.each(['', 'sk-wrong', 'x'.repeat(513), `${generateApiKey().key}x`, 'x'.repeat(100_000)])(
    'is refused without the database: %#',
    (key) => {
      expect(authenticatorOf().authenticate(key)).toBeUndefined();
      expect(repository.lookups).toBe(0);
    },
  );
});

describe('a stored key', () => {
  it('is looked up once a minute', async () => {
    const authenticator = authenticatorOf();
    const key = await repository.make({ allowedModels: ['m'] });
    const principal = {
      keyId: expect.any(String) as string,
      keyName: 'stored',
      allowedModels: new Set(['m']),
      settings: {},
    };
    expect(await authenticator.authenticate(key)).toEqual(principal);
    vi.advanceTimersByTime(59_999);
    expect(authenticator.authenticate(key)).toEqual(principal);
    expect(repository.lookups).toBe(1);
    vi.advanceTimersByTime(1);
    expect(await authenticator.authenticate(key)).toEqual(principal);
    expect(repository.lookups).toBe(2);
  });

  it('is looked up once for all who ask at the same time', async () => {
    const authenticator = authenticatorOf();
    const key = await repository.make();
    const found = await Promise.all(Array.from({ length: 50 }, async () => authenticator.authenticate(key)));
    expect(found.every((principal) => principal?.keyName === 'stored')).toBe(true);
    expect(repository.lookups).toBe(1);
  });

  it('that is not there is remembered for five seconds', async () => {
    const authenticator = authenticatorOf();
    const { key } = generateApiKey();
    expect(await authenticator.authenticate(key)).toBeUndefined();
    vi.advanceTimersByTime(4_999);
    expect(await authenticator.authenticate(key)).toBeUndefined();
    expect(repository.lookups).toBe(1);
    vi.advanceTimersByTime(1);
    expect(await authenticator.authenticate(key)).toBeUndefined();
    expect(repository.lookups).toBe(2);
  });

  it('of the right id with another secret is none', async () => {
    const key = await repository.make({ digest: DIGESTS.of('another') });
    expect(await authenticatorOf().authenticate(key)).toBeUndefined();
  });

  it('stored under another master key is none', async () => {
    const { id, key } = generateApiKey();
    await repository.make({ id, digest: keyDigests(Buffer.alloc(32, 8)).of(key) });
    expect(await authenticatorOf().authenticate(key)).toBeUndefined();
  });

  it('stored under a master key of before is good, also where it cannot be stored anew', async () => {
    const { id, key } = generateApiKey();
    await repository.make({ id, digest: keyDigests(Buffer.alloc(32, 8)).of(key) });
    const digests = keyDigests(Buffer.alloc(32, 7), { previousMasterKeys: [Buffer.alloc(32, 8)] });
    const renewed = vi.spyOn(repository, 'renewDigest').mockRejectedValue(new Error('the database is down'));
    expect(await new ApiKeyAuthenticator(resolveSettings({}, digests), repository).authenticate(key)).toBeDefined();
    expect(renewed).toHaveBeenCalledExactlyOnceWith(id, expect.any(Buffer), digests.of(key));
  });

  it('that is disabled is none', async () => {
    const key = await repository.make({ disabledAt: new Date() });
    expect(await authenticatorOf().authenticate(key)).toBeUndefined();
  });

  it('ends at its time, also where it is remembered', async () => {
    const authenticator = authenticatorOf();
    const key = await repository.make({ expiresAt: new Date(Date.now() + 10_000) });
    expect(await authenticator.authenticate(key)).toBeDefined();
    vi.advanceTimersByTime(9_999);
    expect(authenticator.authenticate(key)).toBeDefined();
    vi.advanceTimersByTime(1);
    expect(authenticator.authenticate(key)).toBeUndefined();
  });
});

describe('a stored key whose secret was replaced', () => {
  it('is known by both, by the one before until its time is over', async () => {
    const authenticator = authenticatorOf();
    const { id, key: before } = generateApiKey();
    const { key: after } = generateApiKey(id);
    await repository.make({
      id,
      digest: DIGESTS.of(after),
      previousDigest: DIGESTS.of(before),
      previousUntil: new Date(Date.now() + 10_000),
    });
    for (const key of [before, after]) expect(await authenticator.authenticate(key)).toMatchObject({ keyId: id });
    vi.advanceTimersByTime(10_000);
    expect(authenticator.authenticate(before)).toBeUndefined();
    expect(authenticator.authenticate(after)).toMatchObject({ keyId: id });
  });
});

describe('a stored key that is changed', () => {
  const feed = new ChangeFeed();
  const told = (subject: string): void => feed.tell([{ kind: 'key', subject }]);

  function following(): ApiKeyAuthenticator {
    const authenticator = new ApiKeyAuthenticator(resolveSettings({}, DIGESTS), repository, feed);
    authenticator.onModuleInit();
    onTestFinished(() => authenticator.onApplicationShutdown());
    return authenticator;
  }

  it('is looked up anew, and no other is', async () => {
    const authenticator = following();
    const key = await repository.make();
    const other = await repository.make();
    const id = (await authenticator.authenticate(key))?.keyId ?? '';
    await authenticator.authenticate(other);
    const { digest } = (await repository.findById(id)) ?? {};
    repository.replace({ ...(await repository.findById(id)), id, name: 'changed', digest } as StoredApiKey);
    repository.lookups = 0;
    expect(authenticator.authenticate(key)).toMatchObject({ keyName: 'stored' });
    told(id);
    expect(await authenticator.authenticate(key)).toMatchObject({ keyName: 'changed' });
    expect(authenticator.authenticate(other)).toMatchObject({ keyName: 'stored' });
    expect(repository.lookups).toBe(1);
  });

  it('is not remembered as it was, where it is changed while it is looked up', async () => {
    const authenticator = following();
    const key = await repository.make();
    let answer = (): void => undefined;
    repository.before = () => new Promise<void>((resolve) => (answer = resolve));
    const asked = authenticator.authenticate(key);
    told('whichever');
    answer();
    expect(await asked).toBeDefined();
    repository.before = () => Promise.resolve();
    const again = authenticator.authenticate(key);
    expect(again).toBeInstanceOf(Promise);
    expect(await again).toBeDefined();
    expect(repository.lookups).toBe(2);
  });

  /** A key that is looked up since before a change, and again since; each waits for its answer. */
  async function askedAround() {
    const authenticator = following();
    const key = await repository.make();
    const answers: (() => void)[] = [];
    repository.before = () => new Promise<void>((resolve) => answers.push(resolve));
    const before = authenticator.authenticate(key);
    told('whichever');
    const after = authenticator.authenticate(key);
    return { answers, before, after, ask: () => authenticator.authenticate(key) };
  }

  it('is looked up anew by who asks after the change, also while a look-up is under way', async () => {
    const { answers, before, after } = await askedAround();
    expect(repository.lookups).toBe(2);
    for (const answer of answers) answer();
    expect(await Promise.all([before, after])).toMatchObject([{ keyName: 'stored' }, { keyName: 'stored' }]);
  });

  it('is looked up once for all who ask after the change, also when the look-up of before has ended', async () => {
    const { answers, before, after, ask } = await askedAround();
    answers[0]?.();
    await before;
    const last = ask();
    expect(repository.lookups).toBe(2);
    answers[1]?.();
    expect(await Promise.all([after, last])).toMatchObject([{ keyName: 'stored' }, { keyName: 'stored' }]);
  });
});

describe('while the database cannot be asked', () => {
  it('a key that was good stays so for five minutes more', async () => {
    const authenticator = authenticatorOf();
    const key = await repository.make();
    await authenticator.authenticate(key);
    repository.isDown = true;
    vi.advanceTimersByTime(359_999);
    expect(await authenticator.authenticate(key)).toMatchObject({ keyName: 'stored' });
    vi.advanceTimersByTime(1);
    await expect(authenticator.authenticate(key)).rejects.toMatchObject({ code: 'auth_unavailable', status: 503 });
  });

  it('its end still counts', async () => {
    const authenticator = authenticatorOf();
    const key = await repository.make({ expiresAt: new Date(Date.now() + 70_000) });
    await authenticator.authenticate(key);
    repository.isDown = true;
    vi.advanceTimersByTime(80_000);
    expect(await authenticator.authenticate(key)).toBeUndefined();
  });

  it('a key nobody has seen is not refused, but cannot be checked', async () => {
    const authenticator = authenticatorOf();
    const key = await repository.make();
    repository.isDown = true;
    await expect(authenticator.authenticate(key)).rejects.toMatchObject({
      code: 'auth_unavailable',
      retryAfter: 1,
      shouldRetry: true,
    });
    repository.isDown = false;
    expect(await authenticator.authenticate(key)).toBeDefined();
  });

  it('a key that was none is asked for again', async () => {
    const authenticator = authenticatorOf();
    const { key } = generateApiKey();
    await authenticator.authenticate(key);
    repository.isDown = true;
    expect(await authenticator.authenticate(key)).toBeUndefined();
    vi.advanceTimersByTime(5_000);
    await expect(authenticator.authenticate(key)).rejects.toMatchObject({ code: 'auth_unavailable' });
  });
});
