import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type RestCommand } from '../../src/cli/rest/rest-command.js';
import { REST_GROUPS } from '../../src/cli/rest/rest-groups.js';
import { USAGE_EXPORT } from '../../src/cli/rest/usage-groups.js';
import { ADMIN_TOKEN, type AdministrationUnderTest, startAdministration } from '../support/administration.js';
import { chat, CHAT_REQUEST } from '../support/chat-client.js';
import { command, type CommandOptions, type CommandResult } from '../support/command-line.js';
import { chatStream } from '../support/fake-upstream.js';
import { TEST_KEY } from '../support/gateway.js';
import { oneProvider, type Scene } from '../support/scene.js';
import { referred } from '../support/schema-check.js';

interface Stage {
  readonly scene: Scene;
  readonly admin: AdministrationUnderTest;
  /** What a person types. */
  type(words: string | readonly string[], options?: CommandOptions): Promise<CommandResult>;
}

async function stage(): Promise<Stage> {
  const scene = await oneProvider({
    gateway: {
      prices: [{ model: 'model', input: 1, output: 2 }],
      budgets: [{ name: 'house', for: 'everyone', usd: 10, per: 'day' }],
      metrics: { enabled: true },
    },
  });
  const admin = await startAdministration(scene.gateway.app);
  const env = {
    NESTGATE_ADMIN_URL: `http://127.0.0.1:${admin.port}`,
    NESTGATE_ADMIN_TOKEN: ADMIN_TOKEN,
    NESTGATE_URL: scene.gateway.url,
    NESTGATE_API_KEY: TEST_KEY,
  };
  return {
    scene,
    admin,
    type: (words, options = {}) => command(words, { ...options, env: { ...env, ...options.env } }),
  };
}

/** One that is no gateway. @returns where it is. */
async function serverThat(answers: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_, response) => answers(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Operation {
  readonly parameters: { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: unknown }>> };
}

const namesOf = (fields: RestCommand['query'] = []): string[] => fields.map(({ name }) => name).sort();

describe('nestgate, over REST', () => {
  it('has a command for every call of the administration, with an option for all that it takes', async () => {
    const { admin } = await stage();
    const document = (await admin.ask('/openapi.json')).json as { paths: Record<string, Record<string, Operation>> };
    const told = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { parameters, requestBody }]) => {
        const schema = requestBody?.content['application/json']?.schema as { $ref: string } | undefined;
        const body = schema && (referred(schema.$ref, document) as { properties: object }).properties;
        const header = (name: string): object[] => parameters.filter((one) => one.name === name);
        return [
          `${method.toUpperCase()} ${path}`,
          {
            query: parameters
              .filter((one) => one.in === 'query')
              .map(({ name }) => name)
              .sort(),
            body: Object.keys(body ?? {}).sort(),
            isIdempotent: header('Idempotency-Key').length > 0,
            ifMatch: header('If-Match').map((one) =>
              'required' in one && one.required === true ? 'required' : 'optional',
            ),
          },
        ];
      }),
    );
    const ofTable = REST_GROUPS.filter(({ port }) => port !== 'clients').flatMap(({ commands }) =>
      commands.map(({ call, query, body, isIdempotent = false, ifMatch }) => [
        call,
        { query: namesOf(query), body: namesOf(body), isIdempotent, ifMatch: ifMatch === undefined ? [] : [ifMatch] },
      ]),
    );
    const others = [
      [USAGE_EXPORT.call, { query: namesOf(USAGE_EXPORT.query), body: [], isIdempotent: false, ifMatch: [] }],
      ['POST /admin/explain', { query: [], body: ['endpoint', 'key', 'request'], isIdempotent: false, ifMatch: [] }],
    ];
    expect(Object.fromEntries([...ofTable, ...others])).toEqual(Object.fromEntries(told));
  });

  it('leads a key through its life', async () => {
    const { scene, type } = await stage();
    const use = async (secret: unknown): Promise<number> =>
      (await chat(scene.gateway, CHAT_REQUEST, { headers: { authorization: `Bearer ${String(secret)}` } })).status;
    const budgets = JSON.stringify([{ name: 'own', usd: '5', per: 'day' }]);
    const made = await type([
      'keys',
      'create',
      '--name',
      'web-app',
      '--models',
      'model',
      '--budgets',
      budgets,
      '--json',
    ]);
    expect(made).toMatchObject({
      code: 0,
      stderr: '',
      json: { name: 'web-app', models: ['model'], budgets: [{ usd: '5' }] },
    });
    const { id, secret } = made.json as { id: string; secret: string };
    expect(await use(secret)).toBe(200);

    const listed = await type('keys list --source stored');
    expect(listed.stdout).toMatch(/^ID +NAME +KEY +STATUS/);
    expect(listed.stdout).toContain('web-app');
    expect(listed.stdout).not.toContain(secret);

    const changed = await type(['keys', 'update', id, '--team', 'search', '--clear', 'models', '--json']);
    expect(changed.json).toMatchObject({ team: 'search', models: null, version: 2 });
    expect((await type(['keys', 'update', id, '--team', 'ads', '--if-match', '"1"'])).code).toBe(6);

    const rotated = await type(['keys', 'rotate', id, '--grace-seconds', '0', '--json']);
    expect(await use(secret)).toBe(401);
    expect(await use(rotated.json['secret'])).toBe(200);
    expect((await type(['keys', 'disable', id])).stdout).toMatch(/^status +disabled$/m);
    expect(await use(rotated.json['secret'])).toBe(401);
    expect((await type(['keys', 'enable', id])).code).toBe(0);
    expect((await type(['keys', 'revoke', id, '--json'])).json).toMatchObject({ status: 'revoked' });
    expect(await type(['keys', 'delete', id])).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const gone = await type(['keys', 'get', id]);
    expect(gone).toMatchObject({ code: 5, stdout: '' });
    expect(gone.stderr).toMatch(/^nestgate: There is nothing of that id\. \(not_found, request [\da-f-]+\)\n$/);

    const verified = await type('audit verify');
    expect(verified.code).toBe(0);
    expect(verified.stdout).toMatch(/^isWhole +true$/m);
    const actions = (await type('audit list --json')).json['entries'] as { action: string }[];
    expect(actions.map(({ action }) => action).reverse()).toEqual(
      ['create', 'update', 'rotate', 'disable', 'enable', 'revoke', 'delete'].map((verb) => `keys.${verb}`),
    );
    const hash = 'f'.repeat(64);
    expect((await type(`audit verify --number 1 --hash ${hash}`)).code).toBe(1);
  });

  it('takes bodies from standard input, makes things once, and goes through all pages', async () => {
    const { type } = await stage();
    const words = 'teams create --data - --name search --idempotency-key a --json';
    const stdin = JSON.stringify({ name: 'another', models: ['model'], metadata: { a: 'b' } });
    const made = await type(words, { stdin });
    expect(made.json).toMatchObject({ name: 'search', models: ['model'], metadata: { a: 'b' } });
    expect((await type(words, { stdin })).json).toEqual(made.json);
    expect((await type('teams create --name search')).code).toBe(6);
    expect((await type('teams update search --disabled --json')).json['disabled']).toBe(true);
    expect((await type('teams update search --no-disabled --json')).json['disabled']).toBe(false);
    await type('teams create --name ads');
    const first = await type('teams list --limit 1');
    expect(first.stdout).toContain('ads');
    expect(first.stderr).toMatch(/^There are more: --cursor \S+, or --all\.\n$/);
    const all = (await type('teams list --all --json')).stdout.trim().split('\n');
    expect(all.map((line) => (JSON.parse(line) as { name: string }).name)).toEqual(['ads', 'search']);
  });

  it('says what a token is not good for, and what is wrong, in a sentence', async () => {
    const { type } = await stage();
    const viewer = (await type('tokens create --name watch --role viewer --json')).json['secret'];
    const refused = await type('keys create --name a', { env: { NESTGATE_ADMIN_TOKEN: String(viewer) } });
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toContain('(insufficient_scope, request ');
    expect((await type('keys list', { env: { NESTGATE_ADMIN_TOKEN: 'sk-nobody' } })).code).toBe(4);
    const invalid = await type('keys create --name a --parameters sometimes');
    expect(invalid).toMatchObject({ code: 1, stdout: '' });
    expect(invalid.stderr).toContain('parameter parameters, request ');
  });

  it('tells what was used, and exports it', async () => {
    const { scene, type } = await stage();
    for (const _ of [1, 2]) expect((await chat(scene.gateway)).status).toBe(200);
    await scene.records();
    const totals = await type('usage totals --by model,key');
    expect(totals.stdout).toMatch(/^KEY +MODEL +CALLS/);
    expect(totals.stdout).toMatch(/^test +model +2 /m);
    expect((await type('usage records --limit 1 --json')).json['records']).toHaveLength(1);
    expect((await type('budgets list')).stdout).toMatch(/^house +everyone/m);
    expect((await type('metrics show')).stdout).toContain('# TYPE nestgate_');

    const exported = await type('usage export --format ndjson');
    expect(
      exported.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toHaveLength(2);
    expect(exported.stderr).toBe('');
    const directory = mkdtempSync(join(tmpdir(), 'nestgate-export-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const watched = await type('usage export --output usage.csv', { directory, isTTY: true });
    expect([watched.code, watched.stdout]).toEqual([0, '']);
    expect(watched.stderr).toMatch(/\r0\.0 MiB\n$/);
    expect(readFileSync(join(directory, 'usage.csv'), 'utf8').trim().split('\n')).toHaveLength(3);
  });

  describe('while it waits for what takes long', () => {
    const LONG = ['prices rerate --from 2026-01-01 --to 2027-01-01', 'audit verify', 'audit list --all'];

    /** Answers after five seconds of the clock that what is waited for is counted by. */
    async function slowServer(): Promise<string> {
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
      onTestFinished(() => void vi.useRealTimers());
      return serverThat((response) => {
        vi.advanceTimersByTime(5_000);
        response.end(JSON.stringify({ isWhole: true, entries: [], next: null }));
      });
    }

    it.each(LONG)('tells a person that %s goes on, and leaves nothing of that', async (words) => {
      const env = { NESTGATE_ADMIN_TOKEN: ADMIN_TOKEN, NESTGATE_ADMIN_URL: await slowServer() };
      const { code, stderr } = await command(words, { env, isTTY: true });
      expect([code, stderr]).toEqual([
        0,
        `${[1, 2, 3, 4, 5].map((seconds) => `\rwaiting, ${seconds} s`).join('')}\r\u001B[K`,
      ]);
    });

    it.each(LONG)('tells programs nothing of %s but what came of it', async (words) => {
      const env = { NESTGATE_ADMIN_TOKEN: ADMIN_TOKEN, NESTGATE_ADMIN_URL: await slowServer() };
      for (const [json, isTTY] of [
        ['', false],
        ['--json', false],
        ['--json', true],
      ] as const) {
        const { code, stderr } = await command(`${words} ${json}`, { env, isTTY });
        expect([json, isTTY, code, stderr]).toEqual([json, isTTY, 0, '']);
      }
    });
  });

  it('leaves no file of an export that was cut off', async () => {
    const url = await serverThat((response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('startedAt', () => response.destroy());
    });
    const directory = mkdtempSync(join(tmpdir(), 'nestgate-export-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const env = { NESTGATE_ADMIN_TOKEN: ADMIN_TOKEN };
    const { code, stderr } = await command(`usage export --output usage.csv --url ${url}`, { env, directory });
    expect(code).toBe(1);
    expect(stderr).toContain('cut off');
    expect(existsSync(join(directory, 'usage.csv'))).toBe(false);
    expect(existsSync(join(directory, 'usage.csv.unfinished'))).toBe(false);
  });

  it.each([
    ['breaks off', '', 'nestgate: The answer was cut off: ask again.\n'],
    ['fails', 'data: {"error":{"message":"It is too much."}}\n\n', 'nestgate: It is too much.\n'],
  ])('shows what came of an answer that %s', async (_, end, stderr) => {
    const url = await serverThat((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`data: {"choices":[{"delta":{"content":"Hel"}}]}\n\n${end}`);
    });
    const env = { NESTGATE_API_KEY: TEST_KEY, NESTGATE_URL: url };
    expect(await command('chat --model model Hi', { env })).toMatchObject({ code: 1, stdout: 'Hel\n', stderr });
  });

  it('explains a request', async () => {
    const { type } = await stage();
    const sent = await type('explain --model model Hi');
    expect(sent.code).toBe(0);
    expect(sent.stdout).toMatch(/^It would be sent\.\nModel model; it costs at most /);
    expect(sent.stdout).toMatch(/^first\/model +1 +- +closed/m);
    expect((await type('explain --model none --json')).json['refusedWith']).toBe('model_not_found');
    expect((await type('explain --model none')).code).toBe(1);
    expect(
      (await type(['explain', '--endpoint', '/v1/embeddings', '--data', '{"model":"model","input":"a"}'])).code,
    ).toBe(0);
    expect((await type('explain Hi')).code).toBe(2);
  });

  it('chats, streamed for people and whole for programs', async () => {
    const { scene, type } = await stage();
    const [upstream] = scene.upstreams;
    upstream?.next(chatStream(['Hello', ' \u001B[2Jthere\n']));
    const streamed = await type('chat --model model Good morning', { isTTY: true });
    expect([streamed.code, streamed.stdout]).toEqual([0, 'Hello \uFFFD[2Jthere\n\n']);
    expect(streamed.stderr).toMatch(/^\[first\/model, \d+ \+ \d+ tokens\]\n$/);
    expect(upstream?.last.json['messages']).toEqual([{ role: 'user', content: 'Good morning' }]);

    const whole = await type(['chat', '--system', 'Be short', '--json'], { stdin: 'Hi' });
    expect(whole.json).toMatchObject({ choices: [{ message: { content: 'Hello' } }] });
    expect(upstream?.last.json['messages']).toEqual([
      { role: 'system', content: 'Be short' },
      { role: 'user', content: 'Hi' },
    ]);
    expect((await type('models list')).stdout).toMatch(/^model +first$/m);
    expect((await type('models get model')).stdout).toMatch(/^id +model$/m);

    const refused = await type('chat Hi', { env: { NESTGATE_API_KEY: 'sk-nobody' } });
    expect([refused.code, refused.stdout]).toEqual([4, '']);
    expect((await type('chat --model none Hi')).code).toBe(5);
  });
});
