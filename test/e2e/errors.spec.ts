import { describe, expect, it } from 'vitest';
import { encodeUsageRecord } from '../../src/extensions/usage/usage-record.codec.js';
import { chat, STREAM_REQUEST } from '../support/chat-client.js';
import { forever, hang, json, openAiError, reset, role, status, stream, text } from '../support/fake-upstream.js';
import { oneProvider, PROVIDER_KEY } from '../support/scene.js';

const ONE_TRY = { provider: { maxRetries: 0 } };

describe('what the client reads of an upstream’s error', () => {
  it.each([400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503, 529])('its status %i', async (code) => {
    const { gateway, upstreams, record } = await oneProvider(ONE_TRY);
    upstreams[0].always(openAiError(code, 'the upstream’s text'));

    const answer = await chat(gateway);

    expect(answer.status).toBe(code);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.json).toEqual({
      error: { message: 'the upstream’s text', type: 'upstream_error', param: null, code: 'provider_code' },
    });
    const { requestId, httpStatus } = await record();
    expect(answer.headers['x-request-id']).toBe(requestId);
    expect(httpStatus).toBe(code);
  });

  it.each([
    ['text', 'plain words', 'plain words'],
    ['a page', '<html>nginx</html>', 'The provider answered with status 500.'],
    ['nothing', '', 'The provider answered with status 500.'],
    ['a detail', { detail: 'not today' }, 'not today'],
    ['a bare string', { error: 'overloaded' }, 'overloaded'],
    ['a list', [1, 2], '[1,2]'],
  ])('its message out of %s', async (_name, body, message) => {
    const { gateway, upstreams } = await oneProvider(ONE_TRY);
    upstreams[0].always(status(500, body));

    expect((await chat(gateway)).json).toMatchObject({ error: { message, type: 'upstream_error' } });
  });

  // Our own reader of errors stumbles over these.
  it.each([
    ['too deep', `{"error":{"message":${'['.repeat(30_000)}${']'.repeat(30_000)}}}`],
    ['full of what is no text', { detail: [{ loc: [{ toString: 1 }], msg: 'x' }] }],
  ])('its status where its body is %s', async (_name, body) => {
    const { gateway, upstreams, records } = await oneProvider(ONE_TRY);
    upstreams[0].always(status(422, body, { 'content-type': 'application/json' }));

    for (const request of [undefined, STREAM_REQUEST]) {
      const answer = await chat(gateway, request);
      expect(answer.status).toBe(422);
      expect(answer.json).toMatchObject({
        error: { message: 'The provider answered with status 422.', type: 'upstream_error' },
      });
    }
    expect(await records()).toMatchObject([{ httpStatus: 422 }, { httpStatus: 422 }]);
  });

  it.each([
    ['silence', hang, 504, 'timeout_error', 'upstream_timeout'],
    ['a reset', reset, 502, 'upstream_error', 'upstream_unreachable'],
    ['a redirect', status(302, '', { location: '/x' }), 502, 'upstream_error', 'upstream_redirect'],
    ['an answer that is none', json([]), 502, 'upstream_error', 'upstream_invalid_response'],
    ['no JSON', status(200, 'garbage'), 502, 'upstream_error', 'upstream_invalid_response'],
    ['an error with status 200', json({ error: { message: 'no', code: 429 } }), 429, 'upstream_error', '429'],
  ])('%s', async (_name, behaviour, code, type, errorCode) => {
    const { gateway, upstreams, record } = await oneProvider({
      ...ONE_TRY,
      first: behaviour === hang ? { timeout: 50 } : {},
    });
    upstreams[0].always(behaviour);

    const answer = await chat(gateway);

    expect(answer.status).toBe(code);
    expect(answer.json).toMatchObject({ error: { type, code: errorCode } });
    expect(await record()).toMatchObject({ status: 'failed', httpStatus: code });
  });

  it.each([
    ['is silent', hang, 504, 'upstream_timeout'],
    ['stays without content', stream(role, forever), 504, 'upstream_timeout'],
    ['ends without content', stream(role), 502, 'upstream_stream_broken'],
    ['has a broken event', stream('data: {nonsense\n\n'), 502, 'upstream_invalid_response'],
  ])('a stream that %s: a status too', async (_name, behaviour, code, errorCode) => {
    const { gateway, upstreams } = await oneProvider({
      ...ONE_TRY,
      first: code === 504 ? { timeout: 50 } : {},
    });
    upstreams[0].next(behaviour);

    const answer = await chat(gateway, STREAM_REQUEST);

    expect(answer.status).toBe(code);
    expect(answer.json).toMatchObject({ error: { code: errorCode } });
  });
});

describe('the provider’s key', () => {
  const headers = { 'x-extra-key': 'extra-secret-0123456789' };
  const said = `Incorrect API key provided: ${PROVIDER_KEY}, or ${headers['x-extra-key']}.`;
  const options = { provider: { maxRetries: 0, headers } };
  const shown = 'Incorrect API key provided: [redacted], or [redacted].';

  it.each([
    ['an error', openAiError(401, said)],
    ['plain text', status(401, said)],
    ['a status 200', json({ error: { message: said } })],
    ['a code', status(400, { error: { message: said, code: said, param: said } })],
  ])('does not come back in %s', async (_name, behaviour) => {
    const { gateway, upstreams, records, watch } = await oneProvider(options);
    upstreams[0].always(behaviour);

    for (const body of [undefined, STREAM_REQUEST]) {
      const answer = await chat(gateway, body);
      expect(answer.json).toMatchObject({ error: { message: shown, type: 'upstream_error' } });
      expect(answer.text).not.toContain(PROVIDER_KEY);
      expect(answer.text).not.toContain(headers['x-extra-key']);
    }
    expect((await records()).map(encodeUsageRecord).join()).not.toContain(PROVIDER_KEY);
    expect(String(watch.failed[0]?.error.message)).toBe(shown);
  });

  it('does not come back in the error of a stream', async () => {
    const { gateway, upstreams } = await oneProvider(options);
    upstreams[0].always(stream(role, text('Hel'), { error: { message: said, code: said } }));

    const answer = await chat(gateway, STREAM_REQUEST);

    expect(answer.text).toContain(shown);
    expect(answer.text).not.toContain(PROVIDER_KEY);
  });

  it('leaves status, code, parameter and Retry-After as they were', async () => {
    const { gateway, upstreams } = await oneProvider(options);
    upstreams[0].always(
      status(429, { error: { message: said, code: 'too_many', param: 'model' } }, { 'retry-after': '7' }),
    );

    const answer = await chat(gateway);

    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '7']);
    expect(answer.json).toEqual({
      error: { message: shown, type: 'upstream_error', param: 'model', code: 'too_many' },
    });
  });
});
