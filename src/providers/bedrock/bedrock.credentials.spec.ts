import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ProviderSettings } from '../provider-adapter.interface.js';
import { type AwsCredentials, AwsCredentialSource, credentialsOf } from './bedrock.credentials.js';

const settingsOf = (changes: Partial<ProviderSettings> = {}): ProviderSettings => ({
  name: 'aws',
  kind: 'bedrock',
  connectTimeout: 1,
  idleTimeout: 1,
  ...changes,
});

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };

afterEach(() => {
  vi.unstubAllEnvs();
});

class Source extends AwsCredentialSource {
  readonly asked: boolean[] = [];

  constructor(private readonly give: () => Promise<AwsCredentials>) {
    super();
  }

  getCredentials({ forceRefresh }: { readonly forceRefresh: boolean }): Promise<AwsCredentials> {
    this.asked.push(forceRefresh);
    return this.give();
  }
}

describe('credentialsOf', () => {
  it('takes the keys of the settings, before those of the host', async () => {
    const source = new Source(() => Promise.reject(new Error('asked')));
    const store = credentialsOf(settingsOf({ ...KEYS, sessionToken: 't' }), source);
    expect(await store.get()).toEqual({ ...KEYS, sessionToken: 't' });
    expect(store.forget()).toBe(false);
  });

  it.each([
    [{ accessKeyId: 'a' }, 'providers.aws.secretAccessKey is missing'],
    [{ secretAccessKey: 's' }, 'providers.aws.accessKeyId is missing'],
  ])('refuses half of a pair: %j', (settings, message) => {
    expect(() => credentialsOf(settingsOf(settings))).toThrow(message);
  });

  it('asks the host once for those that do not end, and again when told to forget them', async () => {
    const source = new Source(() => Promise.resolve(KEYS));
    const store = credentialsOf(settingsOf(), source);
    expect(await Promise.all([store.get(), store.get()])).toEqual([KEYS, KEYS]);
    await store.get();
    expect(store.forget()).toBe(true);
    await Promise.all([store.get(), store.get()]);
    expect(source.asked).toEqual([false, true]);
  });

  it('asks again after a failure', async () => {
    const give = vi
      .fn<() => Promise<AwsCredentials>>()
      .mockRejectedValueOnce(new Error('down'))
      .mockResolvedValue(KEYS);
    const store = credentialsOf(settingsOf(), new Source(give));
    await expect(store.get()).rejects.toThrow(
      expect.objectContaining({ code: 'upstream_unreachable', retryable: true }),
    );
    expect(await store.get()).toEqual(KEYS);
  });

  it('finds by itself what AWS’s own tools find', async () => {
    vi.stubEnv('AWS_PROFILE', '');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDENVIRONMENT');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'of the environment');
    vi.stubEnv('AWS_SESSION_TOKEN', 'token');
    const store = credentialsOf(settingsOf());
    expect(await store.get()).toMatchObject({
      accessKeyId: 'AKIDENVIRONMENT',
      secretAccessKey: 'of the environment',
      sessionToken: 'token',
    });
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDNEXT');
    store.forget();
    expect(await store.get()).toMatchObject({ accessKeyId: 'AKIDNEXT' });
  });
});
