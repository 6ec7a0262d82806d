import { describe, expect, it } from 'vitest';
import { type UpstreamRequest } from '../../upstream/upstream-request.js';
import { defaultCredential, type EntraCredential, entraAuthorize } from './entra-id.js';

const REQUEST: UpstreamRequest = { method: 'GET', origin: 'https://mine.example', path: '/', headers: { a: 'b' } };

function credentialOf(...answers: (string | null | Error)[]) {
  const scopes: string[] = [];
  const credential: EntraCredential = {
    getToken: (scope) => {
      scopes.push(scope);
      const answer = answers.shift() ?? null;
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve(answer === null ? null : { token: answer, expiresOnTimestamp: Date.now() + 3_600_000 });
    },
  };
  return { scopes, authorize: entraAuthorize(() => Promise.resolve(credential)) };
}

describe('entraAuthorize', () => {
  it('adds a token, and asks for it once', async () => {
    const { scopes, authorize } = credentialOf('first', 'second');
    const signed = await Promise.all([authorize(REQUEST), authorize(REQUEST)]);
    for (const request of signed) {
      expect(request).toEqual({ ...REQUEST, headers: { a: 'b', authorization: 'Bearer first' } });
    }
    expect(scopes).toEqual(['https://cognitiveservices.azure.com/.default']);
  });

  it.each([null, new Error('no identity here')])('fails where there is none: %s', async (answer) => {
    const { authorize } = credentialOf(answer, 'second');
    await expect(authorize(REQUEST)).rejects.toMatchObject({
      code: 'upstream_unreachable',
      message: 'Entra ID gave no token for the provider.',
      retryable: true,
      ...(answer === null ? {} : { cause: answer }),
    });
    expect((await authorize(REQUEST)).headers).toMatchObject({ authorization: 'Bearer second' });
  });

  it('fails in the same way where the credential cannot be made', async () => {
    const authorize = entraAuthorize(() => Promise.reject(new Error('no package')));
    await expect(authorize(REQUEST)).rejects.toMatchObject({ cause: { message: 'no package' } });
  });
});

describe('defaultCredential', () => {
  it('is that of the package', async () => {
    expect(await defaultCredential()).toMatchObject({ getToken: expect.any(Function) as unknown });
  });
});
