import { createServer, type Server, STATUS_CODES } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ADMIN_TOKEN as TOKEN_FORMAT } from '../../src/admin/admin-token.js';
import { generateApiKey } from '../../src/auth/api-key.js';
import { ApiKeyRepository, type StoredApiKey } from '../../src/auth/api-key.repository.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../src/gateway.settings.js';
import { openAdministration, type OpenAdministration, storeToken } from '../support/administration.js';
import { FakeUpstream } from '../support/fake-upstream.js';
import { type GatewayUnderTest, startGateway, TEST_KEY } from '../support/gateway.js';
import { exchange, type RawResponse, send } from '../support/raw-http.js';
import { ADMIN_AUTHORISATION, ADMINISTRATION } from './administration.table.js';
import { AUTHENTICATION } from './authentication.table.js';
import { AUTHORISATION, GOOD_AUTHORISATION } from './authorisation.table.js';
import {
  type BadInput,
  BODY_LIMIT,
  CANARY,
  chat,
  FIELD_LIMIT,
  type Ground,
  http,
  NARROW_KEY,
  UPLOAD_LIMIT,
} from './bad-input.js';
import { BODIES, GOOD_BODIES } from './bodies.table.js';
import { DESTINATIONS } from './destinations.table.js';
import { FILE_NAMES, FORMS, formWithFileName, GOOD_FORM, LARGE_FORMS } from './forms.table.js';
import { FRAMING, GOOD_FRAMING, UNFINISHED } from './framing.table.js';

/*
 * All of the list of bad inputs, sent as bytes to one gateway and its administration: exact status, type, code and
 * parameter; nothing of the input in the answer; and nothing done for it.
 */

let gateway: GatewayUnderTest;
let admin: OpenAdministration;
let upstream: FakeUpstream;
let honeypot: Server;
let ground: Ground;
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
  upstream = await FakeUpstream.start();
  gateway = await startGateway({
    masterKey: Buffer.alloc(32, 7),
    limits: { bodyBytes: BODY_LIMIT, uploadBytes: UPLOAD_LIMIT, uploadFieldBytes: FIELD_LIMIT },
    providers: [
      { name: 'simulator', kind: 'simulator' },
      { name: 'one', kind: 'openai-compatible', baseUrl: upstream.baseUrl, models: [{ name: 'model' }], maxRetries: 0 },
    ],
    aliases: { fast: 'model' },
    keys: [
      { name: 'test', secret: TEST_KEY },
      { name: 'narrow', secret: NARROW_KEY, models: ['another-model'] },
    ],
  });
  admin = await openAdministration(gateway.app);
  ground = await prepare();
});

afterAll(async () => {
  await admin.close();
  await gateway.close();
  await upstream.close();
  honeypot.close();
  process.off('unhandledRejection', onCrash).off('uncaughtException', onCrash);
});

async function prepare(): Promise<Ground> {
  const made = await admin.ask('/admin/keys', { body: { name: 'stored' } });
  const keyId = String(made.json['id']);
  const provider = {
    name: 'made',
    kind: 'openai-compatible',
    baseUrl: 'https://api.example.com/v1',
    apiKey: 'sk-made',
  };
  expect((await admin.ask('/admin/providers', { body: provider })).status).toBe(201);
  const viewer = await storeToken(gateway.app, { role: 'viewer' });
  const revoked = await admin.ask('/admin/keys', { body: { name: 'revoked' } });
  await admin.ask(`/admin/keys/${String(revoked.json['id'])}/revoke`, { method: 'POST' });
  return {
    keys: {
      unknown: generateApiKey().key,
      otherSecret: await storeKey({ digest: Buffer.alloc(32) }),
      expired: await storeKey({ expiresAt: new Date(Date.now() - 1) }),
      disabled: await storeKey({ disabledAt: new Date() }),
      revoked: String(revoked.json['secret']),
    },
    honeypot: `http://127.0.0.1:${(honeypot.address() as AddressInfo).port}`,
    keyId,
    keySecret: String(made.json['secret']),
    keyEtag: made.headers.get('etag') ?? '',
    owner: await storeToken(gateway.app),
    viewer,
    viewerId: TOKEN_FORMAT.idOf(viewer) ?? '',
  };
}

const keyRepository = (): ApiKeyRepository => gateway.app.get(ApiKeyRepository, { strict: false });

async function storeKey(change: Partial<StoredApiKey>): Promise<string> {
  const { digests } = gateway.app.get<GatewaySettings>(GATEWAY_SETTINGS, { strict: false });
  const { id, key } = generateApiKey();
  await keyRepository().insert({
    id,
    name: 'stored',
    digest: digests.of(key),
    masked: '',
    allowedModels: null,
    settings: {},
    createdAt: new Date(),
    expiresAt: null,
    disabledAt: null,
    ...change,
  });
  return key;
}

/** What must be the same before and after. */
const traces = async (): Promise<unknown> => ({
  records: (await gateway.records()).length,
  dispatches: upstream.dispatches,
  baits,
});

const stored = async (): Promise<unknown> =>
  await Promise.all(
    ['/admin/keys', '/admin/tokens', '/admin/providers', '/admin/teams', '/admin/organizations', '/admin/audit'].map(
      async (path) => (await admin.ask(path)).json,
    ),
  );

const named = (table: readonly BadInput[]) =>
  table.map(
    (one) => [`${one.row === 0 ? '' : `row ${one.row}: `}${one.what} → ${one.status} ${one.code}`, one] as const,
  );

const inputOf = ({ input }: BadInput): string | Uint8Array => (typeof input === 'function' ? input(ground) : input);

describe('the list of bad inputs: what is refused before the application', () => {
  it.each(named([...FRAMING, ...LARGE_FORMS]))('%s, and closed', async (_name, one) => {
    const before = await traces();
    // For as many as may come: nothing behind the first is run.
    const { responses, informational, closed } = await exchange(gateway.port, inputOf(one), { responses: 2 });
    expect([responses.length, informational, closed]).toEqual([1, [], true]);
    expectError(responses[0], one);
    expect(await traces()).toEqual(before);
  });

  it('row 31: TLS on the plain port is closed', async () => {
    const { responses, closed } = await exchange(gateway.port, Buffer.from('16030100f8010000f40303', 'hex'));
    expect({ responses, closed }).toEqual({ responses: [], closed: true });
  });

  it.each(named(UNFINISHED))('%s, and closed', async (_name, one) => {
    const hasty = await startGateway({}, { http: { headers: 200, request: 200, sweep: 20 } });
    try {
      const response = await send(hasty.port, inputOf(one));
      expectError(response, one);
      expect(response.closed).toBe(true);
    } finally {
      await hasty.close();
    }
  });
});

describe('the list of bad inputs: credentials', () => {
  it.each(named(AUTHENTICATION))('%s', async (_name, one) => {
    const before = await traces();
    const lookups = vi.spyOn(keyRepository(), 'findById');
    try {
      for (let time = 0; time < 2; time++) expectError(await send(gateway.port, inputOf(one)), one);
      // Once: that it is not good is remembered.
      if (one.lookups !== undefined) expect(lookups).toHaveBeenCalledTimes(one.lookups);
    } finally {
      lookups.mockRestore();
    }
    expect(await traces()).toEqual(before);
  });

  it('row 52: who tries many keys is slowed down, and not who has one', async () => {
    const other = await startGateway();
    try {
      const attempt = (): Promise<RawResponse> => send(other.port, http({ key: CANARY }));
      for (let count = 0; count < 100; count++) expect((await attempt()).status).toBe(401);
      const refused = await attempt();
      expectError(refused, { status: 429, type: 'requests', code: 'too_many_authentication_failures', param: null });
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      expect((await send(other.port, http())).status).toBe(200);
    } finally {
      await other.close();
    }
  });
});

describe('the list of bad inputs: paths, bodies and forms', () => {
  it.each(named([...AUTHORISATION, ...BODIES, ...FORMS]))('%s', async (_name, one) => {
    const before = await traces();
    const response = await send(gateway.port, inputOf(one));
    expectError(response, one);
    if (one.status === 405) expect(response.headers['allow']).toMatch(/^(?:GET|POST)/);
    expect(await traces()).toEqual(before);
  });

  it.each([...GOOD_FRAMING, ...GOOD_AUTHORISATION, ...GOOD_BODIES])(
    'row %i: %s → answered',
    async (_row, _what, input) => {
      const response = await send(gateway.port, input);
      expect(response.status).toBe(200);
      expectOwnRequestId(response);
    },
  );

  it.each(FILE_NAMES)(
    'row 119: %s as the name of a file is no more than a name at the provider',
    async (_what, name) => {
      const before = upstream.dispatches;
      const { status } = await send(gateway.port, formWithFileName(name));
      expect([200, 400]).toContain(status);
      if (status === 400) return;
      expect(upstream.dispatches).toBe(before + 1);
      const heads = upstream.last.text
        .split('\r\n')
        .filter((line) => /^(?:content-disposition|x-injected)/i.test(line));
      expect(heads).toHaveLength(2);
      expect(heads.join()).not.toMatch(/\.\.[/\\]/);
      expect(heads.filter((line) => line.includes('name="model"'))).toHaveLength(1);
    },
  );
});

describe('the list of bad inputs: the administration', () => {
  it.each(named([...ADMIN_AUTHORISATION, ...ADMINISTRATION, ...DESTINATIONS]))('%s', async (_name, one) => {
    const before = await stored();
    expectProblem(await send(admin.port, inputOf(one)), one);
    expect(await stored()).toEqual(before);
    expect(baits).toBe(0);
  });
});

describe('after all that', () => {
  it('everybody is served', async () => {
    const response = await send(gateway.port, chat());
    expect(response.status).toBe(200);
    expect(response.body).toContain(CANARY);
    expect((await send(gateway.port, GOOD_FORM)).status).toBe(200);
    expect((await send(gateway.port, http({ key: ground.keySecret }))).status).toBe(200);
    expect((await admin.ask('/admin/keys')).status).toBe(200);
    expect(crashes).toEqual([]);
  });
});

type Expected = Pick<BadInput, 'status' | 'code' | 'type' | 'param' | 'message'>;

function expectError(response: RawResponse | undefined, { status, type, code, param, message }: Expected): void {
  expect(response).toMatchObject({ status, headers: { 'content-type': 'application/json' } });
  if (response === undefined) return;
  const said: unknown = message ?? expect.stringMatching(/\S/);
  expect(JSON.parse(response.body)).toEqual({ error: { message: said, type, param, code } });
  expectNothingOfOurs(response);
}

function expectProblem(response: RawResponse, { status, code, param }: Expected): void {
  expect(response).toMatchObject({ status, headers: { 'content-type': 'application/problem+json' } });
  expect(JSON.parse(response.body)).toEqual({
    type: 'about:blank',
    title: STATUS_CODES[status],
    status,
    detail: expect.stringMatching(/\S/) as string,
    code,
    ...(param === null ? {} : { param }),
    request_id: response.headers['x-request-id'],
  });
  expectNothingOfOurs(response);
}

function expectNothingOfOurs(response: RawResponse): void {
  expectOwnRequestId(response);
  const whole = JSON.stringify(response);
  expect(whole).not.toContain(CANARY);
  expect(whole).not.toMatch(/node_modules|\.[jt]s:\d|Error:/);
}

function expectOwnRequestId({ headers }: RawResponse): void {
  expect(headers['x-request-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
}
