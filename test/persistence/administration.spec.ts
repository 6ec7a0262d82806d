import { beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN as FORMAT } from '../../src/admin/admin-token.js';
import { type StartedServer } from '../../src/server/start-server.js';
import { ADMIN_TOKEN, askAdministration } from '../support/administration.js';
import { type TestDatabase } from '../support/postgres.js';
import { startedServers } from '../support/started-servers.js';

const servers = startedServers('administration');
let database: TestDatabase;

beforeEach(() => ({ database } = servers()));

const start = (environment?: Record<string, string>): Promise<StartedServer> => servers().start(environment);

const TOTALS = '/admin/usage/totals';

describe('the port of the clients', () => {
  it('tells what clients can ask, to everybody', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/openapi.json`);
    expect([response.status, response.headers.get('content-type')?.split(';')[0]]).toEqual([200, 'application/json']);
    const document = (await response.json()) as { openapi: string; paths: object };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toContain('/v1/chat/completions');
  });
});

describe('the first token of an administrator', () => {
  it('is made once, shown once, and stored as a digest', async () => {
    const first = await start();
    const token = first.firstAdminToken ?? '';
    expect(FORMAT.idOf(token)).toBeDefined();
    expect((await askAdministration(`${first.adminUrl}${TOTALS}`, { token })).status).toBe(200);

    const second = await start();
    expect(second.firstAdminToken).toBeUndefined();
    expect((await askAdministration(`${second.adminUrl}${TOTALS}`, { token })).status).toBe(200);

    const stored = await database.sql('SELECT * FROM nestgate.admin_token');
    expect(stored).toMatchObject([{ id: FORMAT.idOf(token), name: 'first', expires_at: null, disabled_at: null }]);
    expect(JSON.stringify(stored)).not.toContain(token.slice(-20));
  });

  it('is worth nothing under another master key', async () => {
    const { firstAdminToken: token = '' } = await start();
    const other = await start({ NESTGATE_MASTER_KEY: '7'.repeat(64) });
    expect((await askAdministration(`${other.adminUrl}${TOTALS}`, { token })).status).toBe(401);
  });

  it('is not made where the environment has one', async () => {
    const server = await start({ NESTGATE_ADMIN_TOKEN: ADMIN_TOKEN });
    expect(server.firstAdminToken).toBeUndefined();
    expect((await askAdministration(`${server.adminUrl}${TOTALS}`)).status).toBe(200);
    expect(await database.sql('SELECT * FROM nestgate.admin_token')).toEqual([]);
  });

  it('lets nobody in once it is disabled, from the next request on', async () => {
    const { adminUrl, firstAdminToken: token = '' } = await start();
    expect((await askAdministration(`${adminUrl}${TOTALS}`, { token })).status).toBe(200);
    await database.sql('UPDATE nestgate.admin_token SET disabled_at = now()');
    expect((await askAdministration(`${adminUrl}${TOTALS}`, { token })).status).toBe(401);
  });
});

describe('the server', () => {
  it('administers on the loopback alone, unless told otherwise', async () => {
    expect((await start({ HOST: '0.0.0.0' })).adminUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('does not start where the port of the administration is taken', async () => {
    const { port } = new URL((await start()).adminUrl ?? '');
    await expect(start({ ADMIN_PORT: port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('adds up what its clients used', async () => {
    const { url, adminUrl, firstKey } = await start({ NESTGATE_ADMIN_TOKEN: ADMIN_TOKEN });
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${firstKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'simulator/echo', messages: [{ role: 'user', content: 'Hello!' }] }),
    });
    expect(answer.status).toBe(200);
    const total = { key: { id: expect.any(String) as string, name: 'first' }, calls: 1, completed: 1 };
    await expect
      .poll(async () => (await askAdministration(`${adminUrl}${TOTALS}?by=key`)).json)
      .toMatchObject({ totals: [total] });
    const { json } = await askAdministration(`${adminUrl}/admin/usage/records`);
    expect(json['records']).toMatchObject([
      { requestId: answer.headers.get('x-request-id'), keyName: 'first', requestModel: 'simulator/echo' },
    ]);
  });

  it('tells Prometheus its metrics until it has stopped', async () => {
    const { adminUrl } = await start();
    const answer = await askAdministration(`${adminUrl}/metrics`, { token: null });
    expect([answer.status, answer.text.includes('nestgate_')]).toEqual([200, true]);
  });
});

describe('past calls', () => {
  it('are rated anew, with their rollups, and it is on record who did it', async () => {
    const { url, firstKey } = await start({ NESTGATE_ADMIN_TOKEN: ADMIN_TOKEN });
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${firstKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'simulator/echo', messages: [{ role: 'user', content: 'Hello!' }] }),
    });
    expect(answer.status).toBe(200);
    // Writes what waits.
    await servers().stop();
    await servers().configure('prices: [{ model: simulator/echo, request: 0.25 }]');
    const { adminUrl } = await start({ NESTGATE_ADMIN_TOKEN: ADMIN_TOKEN });
    const before = await database.sql('SELECT cost::text FROM nestgate.usage_rollup');

    const body = { from: '2000-01-01', to: '2100-01-01' };
    const { json, headers } = await askAdministration(`${adminUrl}/admin/prices/rerate`, { body });

    expect(before).not.toEqual([{ cost: '250000000000' }]);
    expect(json).toMatchObject({ dryRun: false, records: 1, changed: 1, newCost: '0.25' });
    expect(await database.sql('SELECT cost::text FROM nestgate.usage_record')).toEqual([{ cost: '250000000000' }]);
    expect(await database.sql('SELECT cost::text FROM nestgate.usage_rollup')).toEqual([{ cost: '250000000000' }]);
    expect(await database.sql('SELECT by FROM nestgate.repricing WHERE changed = 1')).toEqual([
      { by: `environment, request ${headers.get('x-request-id')}` },
    ]);
    expect(await database.sql('SELECT action FROM nestgate.admin_audit')).toEqual([{ action: 'prices.rerate' }]);
  });
});

describe('the audit log', () => {
  it('keeps what was done, by whom, and cannot be changed', async () => {
    const { adminUrl, firstAdminToken: token = '' } = await start();
    const { headers } = await askAdministration(`${adminUrl}/admin/cache/clear`, { token, body: { key: 'a' } });
    const kept = await database.sql('SELECT * FROM nestgate.admin_audit');
    expect(kept).toEqual([
      {
        request_id: headers.get('x-request-id'),
        at: expect.any(Date) as Date,
        token_id: FORMAT.idOf(token),
        token_name: 'first',
        action: 'cache.clear',
        target: 'a',
        details: {},
        number: '1',
        previous_hash: Buffer.alloc(32),
        hash: expect.any(Buffer) as Buffer,
      },
    ]);
    for (const change of [
      `UPDATE nestgate.admin_audit SET action = 'nothing'`,
      'DELETE FROM nestgate.admin_audit',
      'TRUNCATE nestgate.admin_audit',
    ]) {
      await expect(database.sql(change)).rejects.toThrow('never changed');
    }
    expect(await database.sql('SELECT * FROM nestgate.admin_audit')).toEqual(kept);
  });
});
