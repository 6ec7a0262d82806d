import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { apiKeyDigest, generateApiKey } from '../../src/auth/api-key.js';
import { ApiKeyRepository, type StoredApiKey } from '../../src/auth/api-key.repository.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../src/gateway.settings.js';
import { type GatewayUnderTest, startGateway, TEST_KEY } from '../support/gateway.js';
import { exchange, type RawResponse, send } from '../support/raw-http.js';
import {
  AUTHENTICATION,
  AUTHORISATION,
  type BadInput,
  BODIES,
  BODY_LIMIT,
  CANARY,
  chat,
  chatField,
  FRAMING,
  GOOD,
  http,
  NARROW_KEY,
  post,
} from './bad-inputs.table.js';

describe('bad input', () => {
  let gateway: GatewayUnderTest;
  let honeypot: Server;
  let baits = 0;
  const crashes: unknown[] = [];
  const onCrash = (error: unknown): void => void crashes.push(error);

  beforeAll(async () => {
    process.on('unhandledRejection', onCrash).on('uncaughtException', onCrash);
    honeypot = createServer((_request, response) => {
      baits++;
      response.end();
    });
    await new Promise<void>((resolve) => honeypot.listen(0, '127.0.0.1', resolve));
    gateway = await startGateway({
      limits: { bodyBytes: BODY_LIMIT },
      keys: [
        { name: 'test', secret: TEST_KEY },
        { name: 'narrow', secret: NARROW_KEY, models: ['another-model'] },
      ],
    });
  });

  afterAll(async () => {
    await gateway.close();
    honeypot.close();
    process.off('unhandledRejection', onCrash).off('uncaughtException', onCrash);
  });

  it.each(FRAMING)('row $name → $status $code', async (row) => {
    const before = (await gateway.records()).length;
    const response = await send(gateway.port, row.input);
    expectError(response, row);
    expect(response.closed).toBe(true);
    expect(await gateway.records()).toHaveLength(before);
  });

  it.each([...AUTHENTICATION, ...AUTHORISATION, ...BODIES])('row $name → $status $code', async (row) => {
    expectError(await send(gateway.port, row.input), row);
  });

  it.each(GOOD)('row %s → answered', async (_name, input) => {
    const response = await send(gateway.port, input);
    expect(response.status).toBe(200);
    expectOwnRequestId(response);
  });

  it('row 31 TLS on the plain port → closed', async () => {
    const { responses, closed } = await exchange(gateway.port, Buffer.from('16030100f8010000f40303', 'hex'));
    expect({ responses, closed }).toEqual({ responses: [], closed: true });
  });

  it.each([
    ['headers', `GET /v1/models HTTP/1.1\r\nX-A: ${CANARY}`],
    ['a body', post('Content-Type: application/json\r\nContent-Length: 100\r\n', `{"${CANARY}`)],
  ])('row 26 %s that do not come to an end → 408 request_timeout', async (_name, input) => {
    const hasty = await startGateway({}, { http: { headers: 200, request: 200, sweep: 20 } });
    try {
      const response = await send(hasty.port, input);
      expectError(response, { status: 408, code: 'request_timeout' });
      expect(response.closed).toBe(true);
    } finally {
      await hasty.close();
    }
  });

  it('row 34 a body too large is refused before it is asked for', async () => {
    const headers = `Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${BODY_LIMIT + 1}\r\n`;
    const { responses, informational } = await exchange(gateway.port, post(headers));
    expect(informational).toEqual([]);
    expectError(responses[0], { status: 413, code: 'payload_too_large' });
  });

  it.each([
    ['a malformed one', http({ headers: `X-A: ${CANARY}\0\r\n` })],
    ['two hosts', http({ headers: `Host: a\r\nHost: ${CANARY}\r\n` })],
  ])('row 37 nothing behind %s is run', async (_name, bad) => {
    const before = (await gateway.records()).length;
    const { responses, closed } = await exchange(gateway.port, Buffer.concat([bad, chat()]), { responses: 2 });
    expect(responses.map(({ status }) => status)).toEqual([400]);
    expect(closed).toBe(true);
    expect(await gateway.records()).toHaveLength(before);
  });

  it('rows 43 to 49: keys that are no longer, or never were, look all the same', async () => {
    const repository = gateway.app.get(ApiKeyRepository, { strict: false });
    const { pepper } = gateway.app.get<GatewaySettings>(GATEWAY_SETTINGS, { strict: false });
    const store = async (change: Partial<StoredApiKey> = {}): Promise<string> => {
      const { id, key } = generateApiKey();
      await repository.insert({
        id,
        name: 'stored',
        digest: apiKeyDigest(pepper, key),
        masked: '',
        allowedModels: null,
        settings: {},
        createdAt: new Date(),
        expiresAt: null,
        disabledAt: null,
        ...change,
      });
      return key;
    };
    const good = await store();
    const lookups = vi.spyOn(repository, 'findById');
    try {
      expect((await send(gateway.port, http({ key: good }))).status).toBe(200);
      expect(lookups).toHaveBeenCalledTimes(1);
      const refused = [
        generateApiKey().key,
        // The right id with a wrong secret.
        await store({ digest: apiKeyDigest(pepper, good) }),
        await store({ expiresAt: new Date(Date.now() - 1) }),
        await store({ disabledAt: new Date() }),
      ];
      const bodies = new Set<string>();
      for (const key of [...refused, ...refused]) {
        const response = await send(gateway.port, http({ key }));
        expectError(response, { status: 401, code: 'invalid_api_key' });
        bodies.add(response.body);
      }
      expect(bodies.size).toBe(1);
      // Once each: that they are not good is remembered.
      expect(lookups).toHaveBeenCalledTimes(1 + refused.length);
      for (const key of [`${good.slice(0, -1)}!`, `sk-' OR '1'='1`, CANARY.repeat(1_200)]) {
        await send(gateway.port, http({ key }));
      }
      expect(lookups).toHaveBeenCalledTimes(1 + refused.length);
    } finally {
      lookups.mockRestore();
    }
  });

  it.each(['api_base', 'base_url', 'api_key', 'extra_headers', '__proto__', 'constructor'])(
    'row 91 nobody steers the gateway by %s',
    async (name) => {
      const bait = `"http://127.0.0.1:${(honeypot.address() as AddressInfo).port}/${CANARY}"`;
      expectError(await send(gateway.port, chatField(name, bait)), {
        status: 400,
        code: 'unknown_parameter',
        param: name,
      });
      expect(baits).toBe(0);
    },
  );

  it('row 52 slows down who tries many keys, and not who has one', async () => {
    const other = await startGateway();
    try {
      const attempt = (): Promise<RawResponse> => send(other.port, http({ key: CANARY }));
      for (let count = 0; count < 100; count++) expect((await attempt()).status).toBe(401);
      const refused = await attempt();
      expectError(refused, { status: 429, type: 'requests', code: 'too_many_authentication_failures' });
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      expect((await send(other.port, http())).status).toBe(200);
    } finally {
      await other.close();
    }
  });

  it('and after all that it still serves', async () => {
    const response = await send(gateway.port, chat());
    expect(response.status).toBe(200);
    expect(response.body).toContain(CANARY);
    expect(crashes).toEqual([]);
  });
});

function expectError(
  response: RawResponse | undefined,
  expected: Pick<BadInput, 'status' | 'code'> & { type?: string; param?: string | null },
): void {
  const { status, type = 'invalid_request_error', code, param = null } = expected;
  expect(response).toMatchObject({ status, headers: { 'content-type': 'application/json' } });
  if (response === undefined) return;
  expect(JSON.parse(response.body)).toEqual({ error: { message: expect.stringMatching(/\S/), type, param, code } });
  expectOwnRequestId(response);
  const whole = JSON.stringify(response);
  expect(whole).not.toContain(CANARY);
  expect(whole).not.toMatch(/node_modules|\.[jt]s:\d|Error:/);
}

function expectOwnRequestId({ headers }: RawResponse): void {
  expect(headers['x-request-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
}
