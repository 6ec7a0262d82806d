import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { command } from '../../test/support/command-line.js';
import { freePort } from '../../test/support/free-port.js';
import { REST_GROUPS } from './rest/rest-groups.js';
import { membersOf, tableOf } from './table.js';

const TOKEN = 'a-token-that-nobody-may-see';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'nestgate-cli-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

describe('nestgate', () => {
  it('tells its commands, the environment and the exit codes', async () => {
    const { code, stdout, stderr } = await command('--help');
    expect([code, stderr]).toEqual([0, '']);
    for (const said of [
      'serve',
      'doctor',
      'NESTGATE_ADMIN_TOKEN',
      'Exit codes',
      ...REST_GROUPS.map(({ name }) => name),
    ])
      expect(stdout).toContain(said);
  });

  it.each([...REST_GROUPS.flatMap(({ name, commands }) => commands.map(({ verb }) => `${name} ${verb}`)), 'chat'])(
    '%s tells what it takes',
    async (words) => {
      const { code, stdout } = await command(`${words} --help`);
      expect(code).toBe(0);
      expect(stdout).toContain(`Usage: nestgate ${words} [options]`);
    },
  );

  it.each([
    ['nothing', 'keys'],
    ['an unknown command', 'kays list'],
    ['an unknown verb', 'keys lost'],
    ['an unknown option', 'keys list --nothing'],
    ['a missing argument', 'keys get'],
    ['one argument too many', 'keys list all'],
    ['a number that is none', 'keys list --limit many'],
    ['JSON that is none', 'keys create --budgets {'],
    ['data that is no object', 'keys create --data []'],
    ['a file of data that is not there', 'keys create --data @nowhere.json'],
    ['a member to clear that is not there', 'keys update a --clear nothing'],
    ['nothing to change', 'keys update a'],
    ['a name that is another path', 'keys get ..'],
    ['an address that is none', 'keys list --url here'],
    ['an address with credentials', 'keys list --url http://a:b@localhost'],
    ['an unknown shell', 'completion tcsh'],
  ])('refuses %s, and asks nobody', async (_, words) => {
    const NESTGATE_ADMIN_URL = `http://127.0.0.1:${await freePort()}`;
    const { code, stdout, stderr } = await command(words, { env: { NESTGATE_ADMIN_URL, NESTGATE_ADMIN_TOKEN: TOKEN } });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).not.toBe('');
    expect(stderr).not.toContain(TOKEN);
  });

  it('takes its token from the environment or a file, and says where it looked', async () => {
    const directory = folder();
    const url = `http://127.0.0.1:${await freePort()}`;
    const list = ['keys', 'list', '--url', url];
    expect((await command(list)).stderr).toBe(
      'nestgate: NESTGATE_ADMIN_TOKEN is not set: set NESTGATE_ADMIN_TOKEN, or name a file that holds it with --token-file.\n',
    );
    writeFileSync(join(directory, 'empty'), '\n');
    writeFileSync(join(directory, 'two'), `${TOKEN} ${TOKEN}`);
    writeFileSync(join(directory, 'token'), `${TOKEN}\n`);
    for (const file of ['empty', 'two', 'none']) {
      const { code, stderr } = await command([...list, '--token-file', file], { directory });
      expect([file, code]).toEqual([file, 2]);
      expect(stderr).not.toContain(TOKEN);
    }
    const { code, stderr } = await command([...list, '--token-file', 'token'], { directory });
    expect(code).toBe(3);
    expect(stderr).toBe(
      `nestgate: The administration does not answer at ${url} (ECONNREFUSED): start it, or say where it is with --url or NESTGATE_ADMIN_URL.\n`,
    );
  });

  it.each(['bash', 'zsh', 'fish'])('completes in %s', async (shell) => {
    const { code, stdout } = await command(`completion ${shell}`);
    expect(code).toBe(0);
    for (const { name, commands } of REST_GROUPS)
      for (const { verb } of commands) expect(stdout).toContain(`${name} ${verb}`);
  });

  it.each([
    ['nestgate k', 'keys'],
    ['nestgate keys re', 'revoke'],
    ['nestgate keys update some-id --exp', '--expires-at'],
    ['nestgate usage --json ex', 'export'],
  ])('completes "%s" in bash', async (typed, word) => {
    const { stdout } = await command('completion bash');
    const words = typed.split(' ');
    const asked = `COMP_WORDS=(${words.map((one) => `'${one}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _nestgate`;
    const script = `${stdout}\n${asked}; echo "\${COMPREPLY[*]}"`;
    expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split(' ')).toContain(word);
  });
});

describe('tables', () => {
  it('leave out columns that nothing has, and take the power from control characters', () => {
    const items = [
      { id: 'a', name: 'web\u001B[2J' },
      { id: 'b', name: null, models: ['x', 'y'] },
    ];
    const columns = [
      ['ID', 'id'],
      ['NAME', 'name'],
      ['TEAM', 'team'],
      ['MODELS', 'models'],
    ] as const;
    expect(tableOf(items, columns)).toBe('ID  NAME     MODELS\na   web\uFFFD[2J  -\nb   -        x,y');
    expect(tableOf([], columns)).toBe('ID  NAME  TEAM  MODELS');
    expect(membersOf({ a: 1, limits: { day: 2 }, text: 'one\ntwo' })).toBe(
      'a       1\nlimits  {"day":2}\ntext    one\uFFFDtwo',
    );
  });
});
