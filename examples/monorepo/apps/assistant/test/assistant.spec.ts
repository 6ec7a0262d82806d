import { type AddressInfo } from 'node:net';
import { type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { RecordedProvider } from 'nestgate/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../../../test/support/postgres.js';
import { AppModule } from '../src/app.module.js';

const FIXTURE = fileURLToPath(new URL('fixtures/openai.json', import.meta.url));

let database: TestDatabase;
let openai: RecordedProvider;
let app: INestApplication;
let url: string;

beforeAll(async () => {
  database = await testDatabase({ migrated: false });
  await database.sql(
    'CREATE SCHEMA acme',
    'CREATE TABLE acme.person (login text PRIMARY KEY, department text NOT NULL, badge text UNIQUE NOT NULL)',
    `INSERT INTO acme.person VALUES ('ada', 'research', 'badge-1')`,
  );
  process.env['DATABASE_URL'] = database.url;
  openai = await RecordedProvider.start({ file: FIXTURE, recordFrom: process.env['RECORD_FROM'] });
  const providers = [
    { name: 'house', kind: 'simulator' },
    { name: 'openai', kind: 'openai', baseUrl: openai.baseUrl, apiKey: process.env['OPENAI_API_KEY'] ?? 'none' },
  ];
  const testing = await Test.createTestingModule({ imports: [AppModule.forRoot(providers)] }).compile();
  app = testing.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  url = `http://127.0.0.1:${((app.getHttpServer() as Server).address() as AddressInfo).port}`;
});

afterAll(async () => {
  await app?.close();
  await openai?.close();
  await database?.drop();
});

async function post(path: string, body: object, badge = 'badge-1'): Promise<{ status: number; json: unknown }> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-badge': badge },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: await response.json() };
}

const chat = (model: string, content: string) => ({ model, messages: [{ role: 'user', content }] });
const saying = (content: string) => ({ status: 200, json: { choices: [{ message: { content } }] } });
const PATH = '/ai/v1/chat/completions';

it('answers the people of the company, by a model of the house and by one that was recorded', async () => {
  expect(await post(PATH, chat('fast', 'Hello'))).toMatchObject(saying('Hello'));
  expect(await post(PATH, chat('openai/gpt-4o-mini', 'What is the capital of France?'))).toMatchObject(
    saying('Paris.'),
  );
});

it('lets no stranger in, and sends nothing confidential out', async () => {
  expect(await post(PATH, chat('fast', 'Hello'), 'badge-2')).toMatchObject({ status: 403 });
  expect(await post('/summaries', { text: 'Hello' }, 'badge-2')).toMatchObject({ status: 403 });
  const refused = await post(PATH, chat('openai/gpt-4o-mini', 'CONFIDENTIAL: the plan'));
  expect(refused).toMatchObject({ status: 403, json: { error: { message: 'Ask a model of the house about this.' } } });
  expect(await post(PATH, chat('fast', 'CONFIDENTIAL: the plan'))).toMatchObject({ status: 200 });
});

it("asks models for the application's own features", async () => {
  expect(await post('/summaries', { text: 'Long story' })).toMatchObject({
    status: 201,
    json: { summary: 'Long story' },
  });
});

it("has records of all that in the company's database, in a schema of their own", async () => {
  await app.close();
  const records = await database.sql(
    'SELECT key_name, team, count(*)::int AS calls FROM llm_gateway.usage_record GROUP BY 1, 2 ORDER BY 1',
  );
  expect(records).toEqual([
    { key_name: 'ada', team: 'research', calls: 3 },
    { key_name: 'summaries', team: null, calls: 1 },
  ]);
});
