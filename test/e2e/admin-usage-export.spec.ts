import { describe, expect, it } from 'vitest';
import { UsageQueries } from '../../src/admin/usage/usage-queries.js';
import { type AdministrationUnderTest, startAdministration } from '../support/administration.js';
import { chat, CHAT_REQUEST } from '../support/chat-client.js';
import { oneProvider, type Scene } from '../support/scene.js';
import { STORAGES } from '../support/storages.js';
import { usageRecord } from '../support/usage-records.js';

const PRICES = [{ model: 'model', input: 1, output: 2 }];

async function administered(options: object): Promise<{ scene: Scene; admin: AdministrationUnderTest }> {
  const scene = await oneProvider({ gateway: { prices: PRICES, ...options } });
  return { scene, admin: await startAdministration(scene.gateway.app) };
}

async function use({ gateway }: Scene, request: object): Promise<void> {
  const headers = { authorization: `Bearer ${gateway.key}` };
  expect((await chat(gateway, { ...CHAT_REQUEST, ...request }, { headers })).status).toBe(200);
}

describe.each(STORAGES)('GET /admin/usage/export %s', (_where, storage) => {
  it('writes every record, as lines of JSON and as a table', async () => {
    const { scene, admin } = await administered(await storage());
    for (const user of ['=cmd()', 'a "quoted", name', 'plain']) await use(scene, { user });
    const count = async (): Promise<unknown> => (await admin.ask('/admin/usage/records')).json['records'];
    await expect.poll(count).toHaveLength(3);

    const lines = await admin.ask('/admin/usage/export?format=ndjson');
    expect(lines.headers.get('content-type')).toBe('application/x-ndjson');
    const records = lines.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(records).toEqual((await admin.ask('/admin/usage/records')).json['records']);

    const table = await admin.ask('/admin/usage/export');
    expect(table.headers.get('content-type')).toContain('text/csv');
    expect(table.headers.get('content-disposition')).toBe('attachment; filename="usage.csv"');
    const rows = table.text.split('\r\n');
    expect(rows).toHaveLength(5);
    expect(rows[0]).toMatch(/^requestId,startedAt,.*,cost,.*,tokens\.outputAudio$/);
    expect(rows[1]).toContain(',plain,');
    expect(rows[2]).toContain(',"a ""quoted"", name",');
    expect(rows[3]).toContain(`,'=cmd(),`);
  });

  it('writes those that are asked for, and says what it does not know', async () => {
    const { scene, admin } = await administered(await storage());
    await use(scene, { user: 'somebody' });
    await expect
      .poll(async () => (await admin.ask('/admin/usage/export?format=ndjson&endUser=somebody')).text)
      .toContain('somebody');
    expect((await admin.ask('/admin/usage/export?format=ndjson&endUser=nobody')).text).toBe('');
    for (const query of ['format=xml', 'limit=5', 'from=yesterday']) {
      const { status, json } = await admin.ask(`/admin/usage/export?${query}`);
      expect([status, json['param']]).toEqual([400, query.split('=')[0]]);
    }
  });
});

describe('an export of many records', () => {
  const MANY = 2_500;

  it('goes through all of them, batch by batch', async () => {
    const { scene, admin } = await administered({});
    const all = Array.from({ length: MANY }, () => usageRecord()).toSorted((a, b) =>
      a.requestId < b.requestId ? 1 : -1,
    );
    const queries = scene.gateway.app.get(UsageQueries, { strict: false });
    queries.records = (_filter, limit, before) =>
      Promise.resolve(all.filter(({ requestId }) => before === undefined || requestId < before).slice(0, limit));
    const { text } = await admin.ask('/admin/usage/export?format=ndjson');
    const ids = text
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { requestId: string }).requestId);
    expect(ids).toEqual(all.map(({ requestId }) => requestId));
  });

  it('is cut off where it cannot go on, so that nobody takes it for whole', async () => {
    const { scene, admin } = await administered({});
    const all = Array.from({ length: MANY }, () => usageRecord());
    const queries = scene.gateway.app.get(UsageQueries, { strict: false });
    queries.records = (_filter, limit, before) =>
      before === undefined ? Promise.resolve(all.slice(0, limit)) : Promise.reject(new Error('the database is away'));
    await expect(admin.ask('/admin/usage/export?format=ndjson')).rejects.toThrow('terminated');
    queries.records = () => Promise.reject(new Error('the database is away'));
    expect((await admin.ask('/admin/usage/export?format=ndjson')).status).toBe(500);
  });
});
