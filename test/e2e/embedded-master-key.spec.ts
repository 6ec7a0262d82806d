import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { GatewayAdminModule } from '../../src/gateway-admin.module.js';
import { GatewayModule } from '../../src/gateway.module.js';
import { anUpstream, MADE_KEY } from '../support/administered-providers.js';
import {
  ADMIN_TOKEN,
  type AdminAnswer,
  type AdminRequestOptions,
  askAdministration,
} from '../support/administration.js';
import { type FakeUpstream } from '../support/fake-upstream.js';
import { type TestDatabase } from '../support/postgres.js';
import { freshDatabase, storageOn } from '../support/storages.js';

const [OLD, NOW] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const PROVIDER = '/ai/admin/providers/made';

let database: TestDatabase;
let upstream: FakeUpstream;

beforeEach(async () => {
  database = await freshDatabase();
  upstream = await anUpstream();
});

interface Host {
  ask(path: string, options?: AdminRequestOptions): Promise<AdminAnswer>;
  /** The secret of what is made. */
  make(list: string, body: object): Promise<string>;
  /** The status that a chat with this client key gets from the stored provider. */
  use(key: string): Promise<number>;
  /** The status that a list of keys gets with this token. */
  administer(token: string): Promise<number>;
}

/** An application with a gateway and its administration, whose options may differ. */
async function startHost(
  masterKey: Buffer,
  previousMasterKeys: readonly Buffer[] = [],
  previousOfAdministration = previousMasterKeys,
): Promise<Host> {
  const gateway = GatewayModule.forRoot({
    masterKey,
    previousMasterKeys,
    prefix: 'ai',
    privateHosts: ['127.0.0.1'],
    providers: [{ name: 'simulator', kind: 'simulator' }],
    storage: storageOn(database),
  });
  const administration = GatewayAdminModule.forRoot({
    gateway,
    masterKey,
    previousMasterKeys: previousOfAdministration,
    prefix: 'ai',
    token: ADMIN_TOKEN,
  });

  @Module({ imports: [gateway, administration] })
  class HostModule {}

  const app = await NestFactory.create(HostModule, { logger: false });
  onTestFinished(() => app.close());
  await app.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${((app.getHttpServer() as Server).address() as AddressInfo).port}`;
  const ask: Host['ask'] = (path, options) => askAdministration(url + path, options);
  return {
    ask,
    make: async (list, body) => {
      const { status, json } = await ask(`/ai/admin/${list}`, { body });
      expect([list, status]).toEqual([list, 201]);
      return String(json['secret']);
    },
    use: async (key) => {
      const body = { model: 'large', messages: [{ role: 'user', content: 'Hello!' }] };
      return (await ask('/ai/v1/chat/completions', { token: key, body })).status;
    },
    administer: async (token) => (await ask('/ai/admin/keys', { token })).status,
  };
}

interface Stored {
  readonly keys: [used: string, idle: string];
  readonly tokens: [used: string, idle: string];
}

/** What is stored by a host under the old master key. */
async function storeUnderOld(): Promise<Stored> {
  const host = await startHost(OLD);
  await host.make('providers', {
    name: 'made',
    kind: 'openai-compatible',
    baseUrl: upstream.baseUrl,
    apiKey: MADE_KEY,
  });
  await host.make('deployments', { provider: 'made', model: 'large' });
  const keys: Stored['keys'] = [await host.make('keys', { name: 'used' }), await host.make('keys', { name: 'idle' })];
  const token = { role: 'viewer' };
  const tokens: Stored['tokens'] = [
    await host.make('tokens', { name: 'used', ...token }),
    await host.make('tokens', { name: 'idle', ...token }),
  ];
  expect([await host.use(keys[0]), await host.administer(tokens[0])]).toEqual([200, 200]);
  return { keys, tokens };
}

describe('another master key of a host', () => {
  it('reads what is stored under the one before as long as both modules are told of that', async () => {
    const { keys, tokens } = await storeUnderOld();

    const between = await startHost(NOW, [OLD]);
    expect([await between.use(keys[0]), await between.administer(tokens[0])]).toEqual([200, 200]);
    expect(upstream.last.headers.authorization).toBe(`Bearer ${MADE_KEY}`);
    expect((await between.ask(PROVIDER)).json).toMatchObject({
      secretsReadable: true,
      secrets: [{ setting: 'apiKey' }],
    });
    const waiting = async (): Promise<unknown> => {
      const { json } = await between.ask('/ai/admin/providers/rekey', { method: 'POST' });
      const { keys: ofKeys, tokens: ofTokens } = json['waiting'] as Record<'keys' | 'tokens', unknown[]>;
      return [json['unreadable'], ofKeys.length, ofTokens.length];
    };
    // Those that were used are stored anew, beside the answers.
    await expect.poll(waiting).toEqual([[], 1, 1]);

    const after = await startHost(NOW);
    expect([await after.use(keys[0]), await after.administer(tokens[0])]).toEqual([200, 200]);
    expect([await after.use(keys[1]), await after.administer(tokens[1])]).toEqual([401, 401]);
  });

  it('refuses everything that is stored under the one before where nobody is told of it', async () => {
    const { keys, tokens } = await storeUnderOld();
    const without = await startHost(NOW);
    expect([await without.use(keys[0]), await without.administer(tokens[0])]).toEqual([401, 401]);
    expect((await without.ask(PROVIDER)).json).toMatchObject({ secretsReadable: false, secrets: [] });
    const key = await without.make('keys', { name: 'new' });
    // Its provider has no key to ask with.
    expect(await without.use(key)).toBe(404);
    expect((await without.ask('/ai/admin/providers/rekey', { method: 'POST' })).json).toMatchObject({
      rekeyed: [],
      unreadable: ['made'],
    });
  });

  it('ends the tokens where only the gateway is told of the one before', async () => {
    const { keys, tokens } = await storeUnderOld();
    const half = await startHost(NOW, [OLD], []);
    expect([await half.use(keys[0]), await half.administer(tokens[0])]).toEqual([200, 401]);
  });
});
