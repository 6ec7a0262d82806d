import { randomBytes } from 'node:crypto';
import { type AddressInfo } from 'node:net';
import { type Server } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type INestApplication, Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenDigests } from '../../src/admin/admin-token.js';
import { AppModule } from '../../src/app.module.js';
import { AuditWriter } from '../../src/extensions/audit/audit-writer.js';
import { MetricsService } from '../../src/extensions/metrics/metrics.service.js';
import { UsageRecordWriter } from '../../src/extensions/usage/usage-record-writer.js';
import { GatewayEventBus } from '../../src/events/gateway-event-bus.js';
import { createAdministration } from '../../src/server/administration.js';
import { createApplication } from '../../src/server/create-application.js';
import { type ServerConfiguration } from '../../src/server/configuration/server-configuration.js';
import { PinoLogger } from '../../src/server/pino-logger.js';
import { TraceExport } from '../../src/server/trace-export.js';
import { canary, filesIn, formsOf, hits } from '../support/canaries.js';
import { ChatClient, type ClientOptions } from '../support/chat-client.js';
import { ADMIN_ROUTES } from '../support/admin-routes.js';
import { askAdministration } from '../support/administration.js';
import {
  chatAnswer,
  chatStream,
  FakeUpstream,
  hang,
  openAiError,
  reset,
  role,
  status,
  stream,
  text,
} from '../support/fake-upstream.js';
import { formBytes } from '../support/forms.js';
import { freePort } from '../support/free-port.js';
import { OtlpReceiver } from '../support/otlp-receiver.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { CallWatch } from '../support/scene.js';

/** What nobody may find where it does not belong. */
const SECRETS = {
  clientKey: canary('sk-client'),
  wrongKey: canary('sk-wrong'),
  providerKey: canary('sk-provider'),
  adminToken: canary('admin-token'),
  databasePassword: canary('database'),
  masterKey: randomBytes(32).toString('base64'),
  redisPassword: canary('redis'),
  /** In a header of the provider's own. */
  providerHeader: canary('header'),
  webhookSecret: canary('webhook'),
  idempotencyKey: canary('idempotency'),
  cookie: canary('cookie'),
  /** Of a key that is made over REST, and what it is replaced with. */
  madeKey: '',
  rotatedKey: '',
  /** Of a provider that is. */
  madeProviderKey: canary('sk-made-provider'),
  madeProviderHeader: canary('made-header'),
  /** Of an administrator's token that is. */
  madeToken: '',
};
/** What was asked and answered: for the client and the provider alone. */
const SAID = {
  prompt: canary('prompt'),
  answer: canary('answer'),
  upload: canary('upload'),
  masked: `${canary('masked')}@example.com`,
};
const ROLE = `canary_${randomBytes(8).toString('hex')}`;

let database: TestDatabase;
let upstream: FakeUpstream;
let receiver: OtlpReceiver;
let application: INestApplication;
let administration: INestApplication;
let traces: TraceExport;
let watch: CallWatch;
const data = mkdtempSync(join(tmpdir(), 'nestgate-canary-'));
const log: string[] = [];
/** Every answer, to clients and administrators, with its headers. */
const answers: string[] = [];
let seen = '';
let files = '';

const POSTED_PATHS = [
  '/v1/audio/speech',
  '/v1/audio/transcriptions',
  '/v1/audio/translations',
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/embeddings',
  '/v1/images/edits',
  '/v1/images/generations',
  '/v1/moderations',
  '/v1/rerank',
  '/v2/rerank',
];

const portOf = (app: INestApplication): number => ((app.getHttpServer() as Server).address() as AddressInfo).port;

const prompt = { role: 'user', content: `Please ${SAID.prompt}` };
const REQUEST = { model: 'model', messages: [prompt], user: 'jane' };

async function ask(body: unknown, options: ClientOptions = {}, app = application): Promise<ChatClient> {
  const client = new ChatClient({ port: portOf(app) }, body, {
    ...options,
    headers: { authorization: `Bearer ${SECRETS.clientKey}`, ...options.headers },
  });
  await client.waitFor((one) => one.isOver);
  answers.push(`${client.status} ${JSON.stringify(client.headers)} ${client.text}`);
  return client;
}

/** @param token instead of the one that may everything. */
async function administer(
  method: string,
  path: string,
  body?: object,
  token = SECRETS.adminToken,
): Promise<Record<string, unknown>> {
  const headers = { 'if-match': '*', 'x-canary': SECRETS.cookie };
  const url = `http://127.0.0.1:${portOf(administration)}${path}`;
  const answer = await askAdministration(url, { method, body, token, headers });
  const { secret, ...shown } = answer.json;
  // What is shown once is shown there, and nowhere else.
  const told = typeof secret === 'string' ? JSON.stringify(shown) : answer.text;
  answers.push(`${answer.status} ${JSON.stringify([...answer.headers])} ${told}`);
  return answer.json;
}

beforeAll(async () => {
  database = await testDatabase();
  await database.sql(`CREATE ROLE ${ROLE} LOGIN SUPERUSER PASSWORD '${SECRETS.databasePassword}'`);
  upstream = await FakeUpstream.start();
  receiver = await OtlpReceiver.start();
  const url = new URL(database.url);
  url.username = ROLE;
  url.password = SECRETS.databasePassword;
  const configuration: ServerConfiguration = {
    gateway: {
      privateHosts: ['127.0.0.1'],
      providers: [
        {
          name: 'first',
          kind: 'openai-compatible',
          baseUrl: upstream.baseUrl,
          apiKey: SECRETS.providerKey,
          headers: { 'x-own': SECRETS.providerHeader },
          models: [{ name: 'model' }],
          maxRetries: 0,
          timeout: 60_000,
        },
      ],
      keys: [{ name: 'web', secret: SECRETS.clientKey }],
      logging: { calls: true },
      metrics: { enabled: true, keys: 10 },
      tracing: { acceptTraceparent: true },
      audit: { sink: 'database' },
      guardrails: [
        { name: 'addresses', kind: 'personal-data', personalData: ['email'] },
        {
          name: 'judge',
          kind: 'webhook',
          url: `${upstream.baseUrl}/judge`,
          secret: SECRETS.webhookSecret,
          appliesTo: 'named',
        },
      ],
      // Nobody listens there.
      redis: { url: `redis://:${SECRETS.redisPassword}@127.0.0.1:${await freePort()}` },
      rateLimits: { requestsPerDay: 1_000_000 },
      prices: [{ model: 'model', input: 1, output: 1 }],
      budgets: [{ name: 'house', for: 'everyone', usd: 1_000_000, per: 'day' }],
    },
    origins: [],
    configFile: undefined,
    host: '127.0.0.1',
    port: 0,
    adminHost: '127.0.0.1',
    adminPort: 0,
    adminToken: SECRETS.adminToken,
    databaseUrl: url.href,
    dataDirectory: data,
    masterKey: SECRETS.masterKey,
    logLevel: 'trace',
    workers: 1,
    traces: { url: receiver.url, serviceName: 'nestgate' },
  };
  const logger = new PinoLogger('trace', { write: (line) => void log.push(line) });
  // As the server does. The levels stay in Nest's Logger, whoever has set them before.
  Logger.overrideLogger(logger.nestLevels);
  Logger.overrideLogger(logger);
  traces = await TraceExport.start({ url: receiver.url, serviceName: 'nestgate' }, 1);
  const masterKey = Buffer.from(SECRETS.masterKey, 'base64');
  application = await createApplication(AppModule.forRoot(configuration, masterKey, traces), logger);
  const settings = { digests: tokenDigests(masterKey), token: SECRETS.adminToken };
  administration = await createAdministration(application, settings, logger);
  await application.listen(0, '127.0.0.1');
  await administration.listen(0, '127.0.0.1');
  watch = new CallWatch(application.get(GatewayEventBus, { strict: false }));
});

afterAll(async () => {
  Logger.overrideLogger(false);
  await upstream.close();
  await receiver.close();
  rmSync(data, { recursive: true });
  await database.sql(`DROP ROLE ${ROLE}`);
  await database.drop();
});

/** Everything that can happen to a call, good and bad. */
async function everything(): Promise<void> {
  upstream.always(chatAnswer(SAID.answer));
  await ask(REQUEST);
  await ask(REQUEST, { headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' } });
  upstream.next(chatStream([SAID.answer.slice(0, 9), SAID.answer.slice(9)]));
  await ask({ ...REQUEST, stream: true });
  await ask({ model: 'model', input: SAID.prompt }, { path: '/v1/embeddings' });
  const once = { headers: { 'idempotency-key': SECRETS.idempotencyKey, cookie: SECRETS.cookie } };
  for (let time = 0; time < 2; time++) await ask(REQUEST, once);
  await ask({ ...REQUEST, messages: [{ role: 'user', content: `Write to ${SAID.masked}` }] });
  // What a provider says of a failure may hold all it was sent.
  const echo = `${SAID.prompt} by ${SECRETS.providerKey}`;
  for (const code of [400, 401, 403, 404, 413, 429, 500, 503]) {
    upstream.next(openAiError(code, echo));
    await ask(REQUEST);
    upstream.next(status(code, echo));
    await ask({ ...REQUEST, stream: true });
  }
  upstream.next(
    reset,
    status(200, `{"broken ${echo}`),
    status(302, echo, { location: `http://${SECRETS.providerKey}/` }),
  );
  for (let time = 0; time < 3; time++) await ask(REQUEST);
  upstream.next(stream(role, text(SAID.answer), (request: { cut(): void }) => request.cut()));
  await ask({ ...REQUEST, stream: true });
  upstream.next(stream(role, text(SAID.answer), { error: { message: echo, type: 'x', code: 'y' } }));
  await ask({ ...REQUEST, stream: true });
  upstream.next(hang);
  const before = upstream.dispatches;
  const leaving = new ChatClient({ port: portOf(application) }, REQUEST, {
    headers: { authorization: `Bearer ${SECRETS.clientKey}` },
  });
  await upstream.waitFor(({ dispatches }) => dispatches > before);
  leaving.leave();
  // What never becomes a call.
  await ask(`{"model":"model","messages":["${SAID.prompt}"`);
  await ask({ ...REQUEST, model: `model-${SAID.prompt}` });
  await ask({ ...REQUEST, temperature: SAID.prompt });
  await ask({ ...REQUEST, api_key: SECRETS.providerKey });
  await ask(REQUEST, { headers: { 'x-nestgate-parameters': SAID.prompt } });
  await ask(SAID.prompt, { headers: { 'content-type': `text/${SAID.prompt}` } });
  for (const key of [SECRETS.wrongKey, SECRETS.adminToken, `sk-nestgate_${SECRETS.wrongKey}`]) {
    await ask(REQUEST, { headers: { authorization: `Bearer ${key}` } });
  }
  await ask(REQUEST, { path: `/v1/${SAID.prompt}` });
  await everyRoute();
  await administerEverything();
  await watch.allOver();
}

/** Every route of the gateway, with what it takes and without. */
async function everyRoute(): Promise<void> {
  const form = await formBytes([
    ['model', 'model'],
    ['prompt', SAID.prompt],
    ['file', new File([SAID.upload], `${SAID.upload}.wav`)],
    ['image', new File([SAID.upload], 'a.png')],
  ]);
  for (const path of POSTED_PATHS) {
    await ask(
      { model: 'model', input: SAID.prompt, prompt: SAID.prompt, query: SAID.prompt, documents: ['a'] },
      { path },
    );
    await ask({ model: 'model', [SAID.prompt]: SAID.prompt }, { path });
    await ask(form.body, { path, headers: { 'content-type': form.contentType } });
    await ask(undefined, { path, method: 'GET' });
  }
  for (const path of ['/v1/models', '/v1/models/model', `/v1/models/${SAID.prompt}`, '/livez', '/readyz', '/metrics']) {
    await ask(undefined, { path, method: 'GET' });
  }
}

/** Every route of the administration, let in and not, and the life of a key. */
async function administerEverything(): Promise<void> {
  const key = await administer('POST', '/admin/keys', { name: 'made', guardrails: ['judge'], metadata: { note: 'x' } });
  SECRETS.madeKey = String(key['secret']);
  const granted = await administer('POST', '/admin/tokens', { name: 'made', role: 'viewer' });
  SECRETS.madeToken = String(granted['secret']);
  await ask(REQUEST, { headers: { authorization: `Bearer ${SECRETS.madeKey}` } });
  const path = `/admin/keys/${String(key['id'])}`;
  await administer('PATCH', path, { team: 'a' });
  SECRETS.rotatedKey = String((await administer('POST', `${path}/rotate`, { graceSeconds: 60 }))['secret']);
  await ask(REQUEST, { headers: { authorization: `Bearer ${SECRETS.rotatedKey}` } });
  await administerProvider();
  for (const { method, path: pattern } of ADMIN_ROUTES) {
    const url = pattern.replaceAll(/:\w+/g, String(key['id']));
    for (const token of [SECRETS.wrongKey, SECRETS.clientKey, SECRETS.madeToken, SECRETS.adminToken]) {
      await administer(method, url, method === 'GET' || method === 'DELETE' ? undefined : {}, token);
    }
    if (method !== 'GET') await administer(method, url, { name: SECRETS.wrongKey, secret: SECRETS.clientKey });
  }
  await administer('POST', '/admin/explain', { request: REQUEST, key: 'web' });
  await administer('GET', `/admin/keys?cursor=${SECRETS.wrongKey}`);
}

/** The life of a provider, with what its upstream and its administrator may do wrong. */
async function administerProvider(): Promise<void> {
  const secrets = { apiKey: SECRETS.madeProviderKey, headers: { 'x-made': SECRETS.madeProviderHeader } };
  const provider = { name: 'made', kind: 'openai-compatible', baseUrl: upstream.baseUrl, maxRetries: 0, ...secrets };
  await administer('POST', '/admin/providers', { ...provider, name: 'other', kind: SECRETS.madeProviderKey });
  await administer('POST', '/admin/providers', { ...provider, apiKey: `${SECRETS.madeProviderKey} ` });
  await administer('POST', '/admin/providers', provider);
  await administer('POST', '/admin/deployments', { provider: 'made', model: 'made-model' });
  await administer('POST', '/admin/aliases', { name: 'made-alias', model: 'made-model' });
  await ask({ ...REQUEST, model: 'made-alias' });
  for (const code of [401, 500]) {
    upstream.always(openAiError(code, `Not with ${SECRETS.madeProviderKey} and ${SECRETS.madeProviderHeader}`));
    await ask({ ...REQUEST, model: 'made-model' });
    await administer('POST', '/admin/providers/made/test');
  }
  upstream.always(chatAnswer(SAID.answer));
  await administer('GET', '/admin/providers/made/models');
  await administer('GET', '/admin/providers');
  await administer('PATCH', '/admin/providers/made', { baseUrl: 'https://example.com/v1' });
  await administer('PATCH', '/admin/providers/made', { weight: 2, apiKey: null, apiKeys: [SECRETS.madeProviderKey] });
  await administer('POST', '/admin/providers/rekey');
  await administer('GET', '/admin/audit');
}

/** A database that goes away while records wait. */
async function withoutDatabase(): Promise<void> {
  const writers = [
    application.get(UsageRecordWriter, { strict: false }),
    application.get(AuditWriter, { strict: false }),
  ];
  for (const writer of writers) await writer.flush();
  await database.sql(
    'ALTER TABLE nestgate.usage_record RENAME TO gone',
    'ALTER TABLE nestgate.request_audit RENAME TO gone_too',
  );
  await ask(REQUEST);
  await watch.allOver();
  for (const writer of writers) await writer.flush();
  files = filesIn(data);
  await ask(undefined, { method: 'GET', path: '/readyz' });
  await database.sql(
    'ALTER TABLE nestgate.gone RENAME TO usage_record',
    'ALTER TABLE nestgate.gone_too RENAME TO request_audit',
  );
  await database.cutConnections();
  for (const writer of writers) await writer.flush();
}

async function dump(): Promise<string> {
  const tables = await database.sql(
    "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables" +
      " WHERE table_schema NOT IN ('pg_catalog', 'information_schema')",
  );
  const rows = await Promise.all(
    tables.map(({ name }) => database.sql(`SELECT row_to_json(one)::text AS row FROM ${String(name)} AS one`)),
  );
  expect(rows.flat().length).toBeGreaterThan(20);
  return JSON.stringify(rows);
}

describe('no secret, and nothing that was said,', () => {
  let metrics: string;
  let tables: string;

  beforeAll(async () => {
    await everything();
    await withoutDatabase();
    metrics = await application.get(MetricsService, { strict: false }).render();
    tables = await dump();
    await application.close();
    await administration.close();
    seen = upstream.requests.map(({ headers, body }) => JSON.stringify(headers) + body.toString('utf8')).join('\n');
  });

  it('is looked for where it was not to be found: the provider has seen it', () => {
    const { prompt: asked } = SAID;
    const { providerKey, providerHeader, madeProviderKey, madeProviderHeader, ...others } = SECRETS;
    const { upload } = SAID;
    const sent = { providerKey, providerHeader, madeProviderKey, madeProviderHeader, asked, upload };
    expect(hits(seen, sent)).toEqual(Object.keys(sent));
    expect(answers.join('\n')).toContain('"setting":"headers.x-made"');
    for (const form of formsOf(asked)) expect(hits(`<${form}>`, { asked })).toEqual(['asked']);
    expect(hits(seen, { ...others, masked: SAID.masked })).toEqual([]);
    expect(SECRETS.madeKey).toMatch(/^sk-nestgate_/);
    expect(SECRETS.rotatedKey).toMatch(/^sk-nestgate_/);
    expect(SECRETS.madeToken).toMatch(/^nestgate-admin_/);
    expect(hits(answers.join('\n'), { answer: SAID.answer })).toEqual(['answer']);
    const statuses = new Set(answers.map((answer) => answer.slice(0, 3)));
    expect([...statuses]).toEqual(expect.arrayContaining('200 201 400 401 403 404 405 409 415 502'.split(' ')));
    expect(log.join('')).toContain('Redis does not answer');
    expect(files).toContain('"first/model"');
    expect(metrics).toMatch(/nestgate_calls_total\{.*outcome="aborted"/);
    expect(receiver.spans.length).toBeGreaterThan(40);
    expect(log.filter((line) => line.includes('"level":"warn"')).length).toBeGreaterThan(10);
    expect(log.join('')).toContain('usage records wait');
    expect(log.join('')).toContain('call completed');
  });

  it('is in the log', () => expect(hits(log.join(''), { ...SECRETS, ...SAID })).toEqual([]));
  it('is in the metrics', () => expect(hits(metrics, { ...SECRETS, ...SAID })).toEqual([]));
  it('is in the traces', () => expect(hits(receiver.bodies.join(''), { ...SECRETS, ...SAID })).toEqual([]));
  it('is in the database', () => expect(hits(tables, { ...SECRETS, ...SAID })).toEqual([]));
  it('is in the files of the data directory', () => expect(hits(files, { ...SECRETS, ...SAID })).toEqual([]));
  it('is in an answer, of the secrets', () => expect(hits(answers.join('\n'), SECRETS)).toEqual([]));
});
