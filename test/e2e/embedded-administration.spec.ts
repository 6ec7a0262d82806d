import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { HttpException, type INestApplication, Module, VersioningType } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { GatewayAdminModule } from '../../src/gateway-admin.module.js';
import { GatewayModule } from '../../src/gateway.module.js';
import { ADMIN_ROUTES } from '../support/admin-routes.js';
import {
  ADMIN_TOKEN,
  type AdminAnswer,
  type AdminRequestOptions,
  askAdministration,
  openAdministration,
} from '../support/administration.js';
import { startGateway } from '../support/gateway.js';

const masterKey = Buffer.alloc(32, 7);
const gateway = { masterKey, metrics: { enabled: true }, providers: [{ name: 'simulator', kind: 'simulator' }] };

function administered(prefix: string) {
  const administrated = GatewayModule.forRoot({ ...gateway, prefix });
  return [administrated, GatewayAdminModule.forRoot({ gateway: administrated, masterKey, prefix, token: ADMIN_TOKEN })];
}

@Module({ imports: [...administered('one'), ...administered('internal/two')] })
class HostModule {}

/** What can be made, and its name in the answer. */
const MADE: readonly [list: string, body: object, name: string][] = [
  ['organizations', { name: 'acme' }, 'name'],
  ['teams', { name: 'search', organization: 'acme' }, 'name'],
  ['keys', { name: 'web' }, 'id'],
  ['tokens', { name: 'ops', role: 'viewer' }, 'id'],
  ['providers', { name: 'made', kind: 'simulator' }, 'name'],
  ['deployments', { provider: 'made', model: 'org/large' }, 'name'],
  ['aliases', { name: 'vendor/big', model: 'org/large' }, 'name'],
  ['prices', { model: 'org/large', input: 1, output: 2 }, 'id'],
];

const pathsOf = ({ json }: AdminAnswer): string[] => Object.keys(json['paths'] as object).sort();

/** All that the document describes: not itself, and not the page that shows it. */
const DESCRIBED = [
  ...new Set(
    ADMIN_ROUTES.map(({ path }) => path)
      .filter((path) => path !== '/openapi.json' && !path.startsWith('/docs'))
      .map((path) => path.replaceAll(/:(\w+)/g, '{$1}')),
  ),
].sort();

describe.each([
  ['on a port of its own', ''],
  ['within a host, under its prefix', '/api/one'],
  ['within the same host, under another', '/api/internal/two'],
])('the administration %s', (_where, base) => {
  let ask: (path: string, options?: AdminRequestOptions) => Promise<AdminAnswer>;
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    if (base === '') {
      const { app } = await startGateway(gateway);
      const administration = await openAdministration(app);
      closing.push(
        () => administration.close(),
        () => app.close(),
      );
      ask = administration.ask;
      return;
    }
    const host: INestApplication = await NestFactory.create(HostModule, { logger: false });
    host.setGlobalPrefix('api');
    host.enableVersioning({ type: VersioningType.URI, defaultVersion: '3' });
    await host.listen(0, '127.0.0.1');
    closing.push(() => host.close());
    const { port } = (host.getHttpServer() as Server).address() as AddressInfo;
    ask = (path, options) => askAdministration(`http://127.0.0.1:${port}${path}`, options);
  });

  afterAll(async () => {
    for (const close of closing) await close();
  });

  it('says where the things are that it has made', async () => {
    for (const [list, body, name] of MADE) {
      const path = `${base}/admin/${list}`;
      const made = await ask(`${path}?from=test`, { body });
      expect([list, made.status, made.headers.get('location')]).toEqual([
        list,
        201,
        `${path}/${encodeURIComponent(String(made.json[name]))}`,
      ]);
      const found = await ask(String(made.headers.get('location')));
      expect([list, found.status, found.json[name]]).toEqual([list, 200, made.json[name]]);
    }
  });

  it('describes its own routes alone, where they are', async () => {
    const document = await ask(`${base}/openapi.json`, { token: null });
    expect(pathsOf(document)).toEqual(DESCRIBED.map((path) => base + path));
  });
});

describe('a guard of the host, before the administration', () => {
  it.each([401, 403, 429, 503])(
    'refuses with the status that it says, and with no words of its own: %i',
    async (status) => {
      const host: INestApplication = await NestFactory.create(HostModule, { logger: false });
      host.useGlobalGuards({
        canActivate: () => {
          throw new HttpException('Words of the host', status);
        },
      });
      await host.listen(0, '127.0.0.1');
      onTestFinished(() => host.close());
      const { port } = (host.getHttpServer() as Server).address() as AddressInfo;
      const answer = await askAdministration(`http://127.0.0.1:${port}/one/admin/keys`);
      expect(answer.status).toBe(status);
      expect(answer.json).toMatchObject({ status, code: status < 500 ? 'request_refused' : 'server_error' });
      expect(JSON.stringify(answer.json)).not.toContain('Words of the host');
    },
  );
});
