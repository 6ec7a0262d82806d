import { APP_GUARD } from '@nestjs/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { JSON_PATHS } from '../../src/endpoints/json-endpoints.js';
import { type GatewayUnderTest, startGateway } from '../support/gateway.js';
import { send } from '../support/raw-http.js';

/** What Nest has led through its guards, which is what goes to a controller. */
let led = 0;
let gateway: GatewayUnderTest;

beforeAll(async () => {
  const canActivate = (): boolean => ++led > 0;
  gateway = await startGateway(
    { providers: [{ name: 'simulator', kind: 'simulator', models: [{ name: 'echo' }] }] },
    { providers: [{ provide: APP_GUARD, useValue: { canActivate } }] },
  );
});
afterAll(() => gateway.close());
beforeEach(() => {
  led = 0;
});

type Answer = Awaited<ReturnType<typeof send>>;

function ask(target: string, body: string, headers = `Authorization: Bearer ${gateway.key}\r\n`): Promise<Answer> {
  const length = Buffer.byteLength(body);
  const head = `POST ${target} HTTP/1.1\r\nHost: gateway.example\r\nContent-Type: application/json\r\n`;
  return send(gateway.port, `${head}${headers}Content-Length: ${length}\r\n\r\n${body}`);
}

/** What two answers to the same request have in common. */
function comparable({ status, headers, body, closed }: Answer): unknown {
  const ids = /"(id|created|system_fingerprint)":("[^"]*"|\d+)/g;
  return {
    status,
    names: Object.keys(headers),
    type: headers['content-type'],
    body: body.replace(ids, '"$1":0'),
    closed,
  };
}

const CHAT = { model: 'echo', messages: [{ role: 'user', content: 'Good morning' }] };

describe('the server’s short way', () => {
  it.each<[string, string, string | undefined, number]>([
    ['a chat', JSON.stringify(CHAT), undefined, 200],
    ['a stream', JSON.stringify({ ...CHAT, stream: true }), undefined, 200],
    ['a model that is not there', JSON.stringify({ ...CHAT, model: 'none' }), undefined, 404],
    ['a wrong parameter', JSON.stringify({ ...CHAT, temperature: 9 }), undefined, 400],
    ['no JSON', '{', undefined, 400],
    ['no key', JSON.stringify(CHAT), '', 401],
    ['a wrong key', JSON.stringify(CHAT), 'Authorization: Bearer sk-other\r\n', 401],
  ])('answers %s as the controller does', async (_name, body, headers, status) => {
    const answer = await ask('/v1/chat/completions', body, headers);
    expect(led).toBe(0);
    const controllers = await ask('/v1/chat/completions?', body, headers);
    expect(led).toBe(1);

    expect(answer.status).toBe(status);
    expect(comparable(answer)).toEqual(comparable(controllers));
  });

  it.each(JSON_PATHS)('leads to %s', async (path) => {
    const answer = await ask(path, '{}');
    expect(led).toBe(0);
    expect(comparable(answer)).toEqual(comparable(await ask(`${path}/`, '{}')));
    expect(led).toBe(1);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'missing_required_parameter' } });
  });

  it('is for POST alone', async () => {
    const answer = await send(gateway.port, 'GET /v1/chat/completions HTTP/1.1\r\nHost: gateway.example\r\n\r\n');
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });
});
