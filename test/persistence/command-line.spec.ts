import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { MIGRATIONS } from '../../src/persistence/data-source.js';
import { command, type CommandResult } from '../support/command-line.js';
import { FakeUpstream, status } from '../support/fake-upstream.js';
import { freePort } from '../support/free-port.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { withDatabase } from '../support/postgres-url.js';

const NAMES = MIGRATIONS.map(({ name }) => name);
const PROVIDER_KEY = 'sk-provider-key-of-the-test';

let database: TestDatabase;
let directory: string;

beforeAll(async () => {
  database = await testDatabase({ migrated: false });
  directory = mkdtempSync(join(tmpdir(), 'nestgate-cli-'));
});

afterAll(async () => {
  await database.drop();
  rmSync(directory, { recursive: true });
});

const type = (words: string, env: Record<string, string> = {}): Promise<CommandResult> =>
  command(words, { directory, env: { DATABASE_URL: database.url, ...env } });

describe('nestgate migrate', () => {
  it('plans without a change, runs, and has nothing left to do', async () => {
    const planned = await type('migrate plan');
    expect(planned).toMatchObject({ code: 0, stdout: `${NAMES.join('\n')}\n`, stderr: '' });
    expect(await database.sql(`SELECT 1 FROM pg_namespace WHERE nspname = 'nestgate'`)).toEqual([]);

    expect((await type('migrate run --json')).json).toEqual({ done: NAMES });
    expect((await type('migrate run')).stdout).toBe('The tables are up to date.\n');
    expect((await type('migrate plan --json')).json).toEqual({ pending: [], unknown: [] });
  });

  it('tells of a newer version, and of a database that is not there', async () => {
    await database.sql(
      `INSERT INTO nestgate.migration (timestamp, name) VALUES (9999999999999, 'FromTheFuture9999999999999')`,
    );
    expect((await type('migrate plan')).stderr).toContain('FromTheFuture9999999999999');
    const doctor = await type('doctor');
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toMatch(/^BAD +database +Postgres at DATABASE_URL has tables of a newer version/m);
    await database.sql(`DELETE FROM nestgate.migration WHERE timestamp = 9999999999999`);

    const away = await type('migrate plan', { DATABASE_URL: `postgres://a:secret@127.0.0.1:${await freePort()}/a` });
    expect(away).toMatchObject({ code: 1, stdout: '' });
    expect(away.stderr).toBe('nestgate: Postgres does not answer at DATABASE_URL: start it, or correct the address.\n');
    expect((await type('migrate plan', { DATABASE_URL: 'mysql://a' })).code).toBe(78);
  });
});

describe('nestgate doctor', () => {
  it('finds all well, and asks each provider with each key', async () => {
    const upstream = await FakeUpstream.start();
    onTestFinished(() => upstream.close());
    upstream.models = ['one', 'two'];
    const providers = [
      { name: 'fake', kind: 'openai-compatible', baseUrl: upstream.baseUrl, apiKeys: ['a-key', 'b-key'] },
    ];
    writeFileSync(join(directory, 'nestgate.yaml'), JSON.stringify({ providers }));
    const { code, stdout } = await type('doctor');
    expect([code, stdout.replaceAll(/version [\d.]+.*/g, 'version 0')]).toEqual([
      0,
      'ok   configuration    nestgate.yaml\n' +
        'ok   database         Postgres at DATABASE_URL, version 0\n' +
        'ok   redis            not configured\n' +
        'ok   fake             2 models\n',
    ]);
    expect(upstream.modelRequests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer a-key',
      'Bearer b-key',
    ]);
  });

  it('says of everything bad what to do, in a line each, without secrets', async () => {
    const upstream = await FakeUpstream.start();
    onTestFinished(() => upstream.close());
    upstream.models = status(401, { error: { message: `Wrong key ${PROVIDER_KEY}` } });
    const providers = [
      { name: 'locked', kind: 'openai-compatible', baseUrl: upstream.baseUrl, apiKey: PROVIDER_KEY },
      { name: 'away', kind: 'openai-compatible', baseUrl: `http://127.0.0.1:${await freePort()}/v1` },
    ];
    const redis = { url: `redis://a:${PROVIDER_KEY}@127.0.0.1:${await freePort()}` };
    writeFileSync(join(directory, 'nestgate.yaml'), JSON.stringify({ redis, providers }));
    const { code, stdout, stderr } = await type('doctor --json', {
      DATABASE_URL: withDatabase(database.url, 'nobody'),
    });
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).not.toContain(PROVIDER_KEY);
    const { checks } = JSON.parse(stdout) as { checks: { check: string; isGood: boolean; says: string }[] };
    const said = Object.fromEntries(checks.map(({ check, isGood, says }) => [check, `${isGood}: ${says}`]));
    expect(said['configuration']).toBe('true: nestgate.yaml');
    expect(said['database']).toBe(
      'false: The database in DATABASE_URL does not exist: create it, or correct the name.',
    );
    expect(said['redis']).toMatch(/^false: does not answer \(ECONNREFUSED\): start it, or correct redis\.url$/);
    expect(said['locked']).toMatch(/^false: .+: correct the key \(nestgate\.yaml:1\)$/);
    expect(said['away']).toMatch(/^false: .+: see to its address and the way there \(nestgate\.yaml:1\)$/);
  });

  it('names every problem of the configuration', async () => {
    writeFileSync(join(directory, 'nestgate.yaml'), 'providers:\n  - kind: openai\nnothing: 1\n');
    const { code, stdout } = await type('doctor');
    expect(code).toBe(1);
    expect(stdout.match(/^BAD +configuration +nestgate\.yaml:\d: .+: .+$/gm)).toHaveLength(2);
    expect(stdout).toMatch(/^ok +database/m);
  });
});
