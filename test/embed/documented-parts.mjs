// Run beside the examples of docs/embed-in-nest.md: each of them does what the page says.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import { GatewayModule, GatewayService } from 'nestgate';
import { AdministeredModule } from './administered.module.js';
import { database } from './database.js';
import * as others from './others.js';
import { startRecorded } from './recorded.js';
import { keepRequest, requests } from './requests.js';
import { StaffResolver } from './staff.resolver.js';
import { StaffModule } from './staff.js';
import { SummariesService } from './summaries.service.js';

const { DATABASE_URL: databaseUrl, GATEWAY_KEY: key, ADMIN_TOKEN: adminToken } = process.env;
const {
  adapter,
  CredentialsModule,
  migrationsByTheHostsOwnRunner,
  settingsFromElsewhere,
  storesAndPricesOfTheHost,
  theHostsOwnAuthentication,
  theHostsOwnDataSource,
  theHostsOwnDataSource2,
  whereItsRoutesAre,
  ...rest
} = others;
assert.deepEqual(Object.keys(rest), [], 'There are examples that nothing here runs.');

const PROVIDERS = [{ name: 'simulator', kind: 'simulator' }];
const FAST = { providers: PROVIDERS, aliases: { fast: 'simulator/echo' } };
const MESSAGES = [{ role: 'user', content: 'Hello there!' }];
const CHAT = { model: 'fast', messages: MESSAGES };
const ECHO = { model: 'simulator/echo', messages: MESSAGES };

await withHost(whereItsRoutesAre, async (ask) => {
  assert.equal((await ask('/ai/v1/models')).status, 401);
  assert.equal((await ask('/ai/v1/audio/speech', { body: {} })).status, 404);
});

await withHost(theHostsOwnAuthentication, async (ask) => {
  assert.equal(contentOf(await ask('/v1/chat/completions', { body: CHAT, key: 'badge-1' })), 'Hello there!');
  const refused = await ask('/v1/chat/completions', { body: CHAT, key: 'badge-2' });
  assert.deepEqual([refused.status, JSON.parse(refused.text).error.code], [401, 'unauthenticated']);
});

await withHost([AdministeredModule], async (ask) => {
  assert.equal((await ask('/ai/admin/keys')).status, 401);
  assert.equal((await ask('/ai/admin/keys', { key: adminToken })).status, 200);
  assert.ok((await ask('/ai/openapi.json')).text.includes('"/ai/admin/keys"'));
  assert.notEqual((await ask('/ai/metrics')).status, 401);
});
await assert.rejects(
  withHost([AdministeredModule], () => undefined, { platform: new FastifyAdapter() }),
  /ConfigurationError.*GatewayAdminModule does not work on fastify.*on Express/s,
);

const logins = [];
class Noting extends StaffResolver {
  resolve(context) {
    logins.push(requests.getStore()?.login);
    return super.resolve(context);
  }
}
Reflect.defineMetadata('design:paramtypes', Reflect.getMetadata('design:paramtypes', StaffResolver), Noting);
const noting = GatewayModule.forRoot({ ...FAST, imports: [StaffModule], principalResolver: Noting });
await withHost(
  [noting],
  async (ask) => {
    for (const login of ['ada', 'bob']) await ask('/v1/models', { key: 'badge-1', headers: { 'x-login': login } });
    assert.deepEqual(logins, ['ada', 'bob']);
  },
  { setUp: (app) => app.use(keepRequest) },
);

await withHost([GatewayModule.forRoot(FAST)], async (_ask, app) => {
  const summaries = new SummariesService(app.get(GatewayService, { strict: false }));
  assert.equal(await summaries.summarise('Long story', new AbortController().signal), 'Long story');
  let told = '';
  for await (const text of summaries.tell('Long story')) told += text;
  assert.equal(told, 'Long story');
});

await withHost(
  [GatewayModule.forRoot({ ...FAST, keys: [{ name: 'web', secret: key }] })],
  async (ask) => {
    const form = new FormData();
    form.set('model', 'simulator/echo');
    form.set('file', new Blob(['RIFF']), 'words.wav');
    assert.equal((await ask('/v1/audio/transcriptions', { form, key })).status, 200);
    const long = [{ role: 'user', content: 'x'.repeat(2 * 1024 * 1024) }];
    assert.equal((await ask('/v1/chat/completions', { body: { ...CHAT, messages: long }, key })).status, 200);
  },
  { platform: adapter },
);

await withHost(settingsFromElsewhere, async (ask) => {
  assert.equal(contentOf(await ask('/v1/chat/completions', { body: CHAT, key })), 'Hello there!');
});

const stored = (storage) => GatewayModule.forRoot({ ...FAST, keys: [{ name: 'web', secret: key }], ...storage });
const answersChats = async (ask) => {
  assert.equal(contentOf(await ask('/v1/chat/completions', { body: CHAT, key })), 'Hello there!');
};

// The host's runner, and then ours, on the same schema.
await database.initialize();
const listed = [stored(migrationsByTheHostsOwnRunner)];
await assert.rejects(
  withHost(listed, answersChats),
  /ConfigurationError.*storage\.migrate.*have not run.*llm_gateway/s,
);
const done = await database.runMigrations();
assert.ok(done.length > 10);
await withHost(listed, answersChats);
assert.ok(database.isInitialized, 'A data source of the host was closed.');
await withHost([stored(theHostsOwnDataSource)], answersChats);
const [{ count }] = await database.query('SELECT count(*)::int AS count FROM llm_gateway.usage_record');
assert.equal(count, 2);
await database.destroy();

const accounts = TypeOrmModule.forRoot({ name: 'accounts', type: 'postgres', url: databaseUrl });
await withHost([accounts, stored(theHostsOwnDataSource2)], answersChats);

await withHost(storesAndPricesOfTheHost, async (_ask, app) => {
  const gateway = app.get(GatewayService, { strict: false });
  const answers = [await gateway.chat(ECHO), await gateway.chat(ECHO)];
  assert.deepEqual(answers[0], answers[1]);
});

const azure = {
  name: 'azure',
  kind: 'azure-openai',
  baseUrl: 'https://acme.openai.azure.com',
  models: [{ name: 'a' }],
};
const clouded = GatewayModule.forRoot({ providers: [azure] });
await assert.rejects(
  withHost([clouded], () => undefined),
  /ConfigurationError.*@azure\/identity/s,
);
await withHost([CredentialsModule, GatewayModule.forRoot({ providers: [azure] })], () => undefined);

// Recorded from a provider, which is gone when it is asked again.
const message = { role: 'assistant', content: 'Paris.', refusal: null };
const completion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'a',
  choices: [{ index: 0, message }],
};
const provider = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(completion));
}).listen(0, '127.0.0.1');
await once(provider, 'listening');
process.env.RECORD_FROM = `http://127.0.0.1:${provider.address().port}/v1`;
await askRecorded();
delete process.env.RECORD_FROM;
provider.close();
await askRecorded();

async function askRecorded() {
  const { openai, app } = await startRecorded('openai.json');
  await app.init();
  const capital = { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'The capital of France?' }] };
  assert.equal(contentOf(await app.get(GatewayService, { strict: false }).chat(capital)), 'Paris.');
  await app.close();
  await openai.close();
}

/** Starts an application with these modules, has it checked, and closes it. */
async function withHost(imports, check, { platform, setUp = () => undefined } = {}) {
  class Host {}
  Module({ imports })(Host);
  const options = { logger: ['warn', 'error'], abortOnError: false };
  const app = await NestFactory.create(Host, ...(platform === undefined ? [] : [platform]), options);
  try {
    setUp(app);
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    await check((path, request) => askAt(url + path, request), app);
  } finally {
    await app.close();
  }
}

async function askAt(url, { body, form, key: bearer, headers = {} } = {}) {
  const response = await fetch(url, {
    method: (body ?? form) === undefined ? 'GET' : 'POST',
    headers: {
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? form : JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

function contentOf(answer) {
  const { choices } = 'text' in answer ? JSON.parse(answer.text) : answer;
  return choices?.[0]?.message.content ?? answer;
}
