import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ADMIN_TOKEN as FORMAT } from '../../src/admin/admin-token.js';
import { AdminTokenRepository, type StoredAdminToken } from '../../src/admin/admin-token.repository.js';
import { generateApiKey, maskApiKey } from '../../src/auth/api-key.js';
import { ApiKeyRepository } from '../../src/auth/api-key.repository.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../src/gateway.settings.js';
import {
  ADMIN_TOKEN,
  type AdministrationUnderTest,
  startAdministration,
  storeToken,
} from '../support/administration.js';
import { type GatewayUnderTest, startGateway, TEST_KEY } from '../support/gateway.js';
import { send } from '../support/raw-http.js';

const PATH = '/admin/usage/totals';

async function scene(): Promise<{ gateway: GatewayUnderTest; admin: AdministrationUnderTest }> {
  const gateway = await startGateway();
  onTestFinished(() => gateway.close());
  return { gateway, admin: await startAdministration(gateway.app) };
}

function tokenOf({ app }: GatewayUnderTest, changes: Partial<StoredAdminToken> = {}): Promise<string> {
  return storeToken(app, changes);
}

describe('who may administer', () => {
  it('the token of the environment, and those that are stored', async () => {
    const { gateway, admin } = await scene();
    for (const token of [ADMIN_TOKEN, await tokenOf(gateway)]) {
      const answer = await admin.ask(PATH, { token });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
    }
  });

  it.each([
    ['no token', () => null, 401, 'missing_admin_token'],
    ['an empty one', () => '', 401, 'invalid_admin_token'],
    ['another', () => 'q8Xv2LmP7rTz4WnB6yKe', 401, 'invalid_admin_token'],
    ['one that is too long', () => 'x'.repeat(5_000), 401, 'invalid_admin_token'],
    ['one of the right form', () => FORMAT.generate().token, 401, 'invalid_admin_token'],
    ['the SQL of somebody', () => `sk-'OR'1'='1`, 401, 'invalid_admin_token'],
    ['a key of the configuration', () => TEST_KEY, 403, 'forbidden'],
    ['a stored key', storedKey, 403, 'forbidden'],
    [
      'one that is disabled',
      (gateway: GatewayUnderTest) => tokenOf(gateway, { disabledAt: new Date() }),
      401,
      'invalid_admin_token',
    ],
    [
      'one that has ended',
      (gateway: GatewayUnderTest) => tokenOf(gateway, { expiresAt: new Date(Date.now() - 1) }),
      401,
      'invalid_admin_token',
    ],
    [
      'one that was stored for another secret',
      (gateway: GatewayUnderTest) => tokenOf(gateway, { digest: randomBytes(32) }),
      401,
      'invalid_admin_token',
    ],
  ])('not %s', async (_what, tokenFor, status, code) => {
    const { gateway, admin } = await scene();
    const token = await tokenFor(gateway);
    const answer = await admin.ask(PATH, { token });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.json).toEqual({
      type: 'about:blank',
      title: status === 401 ? 'Unauthorized' : 'Forbidden',
      status,
      detail: expect.any(String) as string,
      code,
      request_id: answer.headers.get('x-request-id'),
    });
    if (token) expect(answer.text).not.toContain(token);
  });

  it('not who guesses: after a hundred wrong ones there is a pause, but not for the right one', async () => {
    const { admin } = await scene();
    for (let tries = 0; tries < 100; tries++) {
      expect((await admin.ask(PATH, { token: `wrong-token-number-${tries}` })).status).toBe(401);
    }
    const answer = await admin.ask(PATH, { token: 'wrong-token-number-100' });
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(answer.json).toMatchObject({ code: 'too_many_authentication_failures' });
    expect((await admin.ask(PATH)).status).toBe(200);
  });

  it('nobody while the tokens cannot be read, but for the one of the environment', async () => {
    const { gateway, admin } = await scene();
    const repository = gateway.app.get(AdminTokenRepository, { strict: false });
    repository.findById = () => Promise.reject(new Error('the database is away'));
    const answer = await admin.ask(PATH, { token: FORMAT.generate().token });
    expect([answer.status, answer.json['code']]).toEqual([503, 'auth_unavailable']);
    expect((await admin.ask(PATH)).status).toBe(200);
  });

  it('an administrator’s token is no client key', async () => {
    const { gateway } = await scene();
    for (const token of [ADMIN_TOKEN, await tokenOf(gateway)]) {
      const answer = await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${token}` } });
      expect(answer.status).toBe(401);
    }
  });
});

const SPELLINGS = [
  PATH,
  `/${PATH}`,
  '/v1/..%2fadmin/usage/totals',
  '/v1/../admin/usage/totals',
  '/%61dmin/usage/totals',
  '/ADMIN/usage/totals',
  '/admin%2fusage%2ftotals',
  `${PATH}/`,
  `${PATH}?by=day`,
  '/./admin/usage/totals',
  '\\admin\\usage\\totals',
  'http://localhost/admin/usage/totals',
  '/admin;x=1/usage/totals',
];

describe('the port of the clients', () => {
  it.each(SPELLINGS)('has no administration at %s', async (path) => {
    const { gateway } = await scene();
    for (const method of ['GET', 'POST', 'PATCH', 'DELETE', 'OPTIONS']) {
      for (const secret of [ADMIN_TOKEN, TEST_KEY]) {
        const answer = await send(gateway.port, request(method, path, secret, 'X-HTTP-Method-Override: GET\r\n'));
        expect([400, 404]).toContain(answer.status);
      }
    }
  });
});

describe('the port of the administration', () => {
  it.each(['/v1/models', '/v1/chat/completions', '/livez', '/readyz', '/', '/admin', '/admin/nothing', `/${PATH}`])(
    'has nothing at %s, and says so as a problem',
    async (path) => {
      const { admin } = await scene();
      const answer = await admin.ask(path);
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.json).toMatchObject({ title: 'Not Found', code: 'unknown_url' });
    },
  );

  it('asks for a token before it says what a path takes', async () => {
    const { admin } = await scene();
    const answer = await admin.ask(`${PATH}?nonsense=1`, { token: null });
    expect(answer.status).toBe(401);
  });

  it('takes no other method in place of the one of the request', async () => {
    const { admin } = await scene();
    const answer = await admin.ask('/admin/usage/records', {
      method: 'POST',
      body: {},
      headers: { 'x-http-method-override': 'GET' },
    });
    expect(answer.status).toBe(404);
  });

  it.each([
    ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400, 'invalid_host'],
    ['no HTTP', 'BREW / HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'malformed_http'],
    [
      'two tokens',
      `GET ${PATH} HTTP/1.1\r\nHost: a\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n`,
      400,
      'duplicate_header',
    ],
    ['a path that is none', `GET /admin/%zz HTTP/1.1\r\nHost: a\r\n\r\n`, 404, 'unknown_url'],
  ])('answers %s as a problem', async (_what, input, status, code) => {
    const { admin } = await scene();
    const answer = await send(admin.port, input);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    const body = JSON.parse(answer.body) as object;
    expect(body).toMatchObject({ status, code, request_id: answer.headers['x-request-id'] });
  });

  it('leaves the gateway as it is when it is closed', async () => {
    const gateway = await startGateway();
    onTestFinished(() => gateway.close());
    const admin = await startAdministration(gateway.app);
    await admin.app.close();
    const answer = await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${TEST_KEY}` } });
    expect(answer.status).toBe(200);
  });
});

async function storedKey(gateway: GatewayUnderTest): Promise<string> {
  const { id, key } = generateApiKey();
  const { digests } = gateway.app.get<GatewaySettings>(GATEWAY_SETTINGS, { strict: false });
  await gateway.app.get(ApiKeyRepository, { strict: false }).insert({
    id,
    name: 'client',
    digest: digests.of(key),
    masked: maskApiKey(key),
    allowedModels: null,
    settings: {},
    createdAt: new Date(),
    expiresAt: null,
    disabledAt: null,
  });
  return key;
}

function request(method: string, path: string, secret: string, headers: string): string {
  return `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${secret}\r\n${headers}Connection: close\r\n\r\n`;
}
