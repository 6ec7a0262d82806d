import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../errors/configuration-error.js';
import { loadMasterKey, parseMasterKey } from './master-key.js';

const KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7));

describe('parseMasterKey', () => {
  it.each([
    ['base64', KEY.toString('base64')],
    ['base64 for URLs', KEY.toString('base64url')],
    ['hex', KEY.toString('hex')],
    ['hex in capitals', KEY.toString('hex').toUpperCase()],
    ['base64 with a line break behind it', `${KEY.toString('base64')}\n`],
  ])('reads %s', (_, text) => expect(parseMasterKey(text)).toEqual(KEY));

  it.each([
    '',
    'secret',
    KEY.toString('hex').slice(2),
    KEY.subarray(1).toString('base64'),
    `${KEY.toString('base64')}AAAA`,
  ])('refuses %j', (text) => expect(parseMasterKey(text)).toBeUndefined());
});

describe('loadMasterKey', () => {
  let root: string;
  let dataDirectory: string;
  let path: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'nestgate-master-key-'));
    dataDirectory = join(root, 'deep', 'data');
    path = join(dataDirectory, 'master.key');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function problemOf(action: () => unknown): ConfigurationError {
    try {
      action();
    } catch (error) {
      if (error instanceof ConfigurationError) return error;
      throw error;
    }
    throw new Error('nothing was thrown');
  }

  it('takes the setting, and makes no file then', () => {
    expect(loadMasterKey({ masterKey: KEY.toString('hex'), dataDirectory })).toEqual(KEY);
    expect(readdirSync(root)).toEqual([]);
    const { path: setting, message } = problemOf(() => loadMasterKey({ masterKey: 'tell-nobody', dataDirectory }));
    expect(setting).toBe('NESTGATE_MASTER_KEY');
    expect(message).not.toContain('tell-nobody');
  });

  it('makes a key of its own at the first start, for its own user, and keeps it', () => {
    const key = loadMasterKey({ dataDirectory });
    expect(key).toHaveLength(32);
    expect(loadMasterKey({ dataDirectory })).toEqual(key);
    expect(parseMasterKey(readFileSync(path, 'utf8'))).toEqual(key);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(dataDirectory)).toEqual(['master.key']);
  });

  it.each([0o640, 0o604, 0o660, 0o610])('refuses a file of mode %o', (mode) => {
    loadMasterKey({ dataDirectory });
    chmodSync(path, mode);
    const { message } = problemOf(() => loadMasterKey({ dataDirectory }));
    expect(message).toContain(`${path} can be read or written by other users: run: chmod 600 '${path}'`);
    chmodSync(path, 0o600);
    expect(loadMasterKey({ dataDirectory })).toHaveLength(32);
  });

  it.each(['', 'AAAA', 'not base64 at all, whatever that may be, no!'])('refuses a damaged file: %j', (content) => {
    loadMasterKey({ dataDirectory });
    writeFileSync(path, content);
    expect(problemOf(() => loadMasterKey({ dataDirectory })).problem).toMatch(/^is damaged/);
    expect(readFileSync(path, 'utf8')).toBe(content);
  });

  it('says so when the file cannot be made', () => {
    writeFileSync(join(root, 'file'), '');
    const { message } = problemOf(() => loadMasterKey({ dataDirectory: join(root, 'file') }));
    expect(message).toMatch(/cannot be read or made \(ENOTDIR\): set NESTGATE_DATA_DIR/);
  });

  it('agrees with other processes that start at the same time', async () => {
    // Plain Node cannot read TypeScript: the processes load what the compiler of the tests makes of it.
    const { transformWithOxc } = await import('vite');
    const compile = async (name: string, source: string): Promise<void> =>
      writeFileSync(join(root, name.replace('.ts', '.mjs')), (await transformWithOxc(source, name)).code);
    const source = readFileSync(join(import.meta.dirname, 'master-key.ts'), 'utf8');
    const errorSource = readFileSync(join(import.meta.dirname, '../../errors/configuration-error.ts'), 'utf8');
    await compile('configuration-error.ts', errorSource);
    await compile('master-key.ts', source.replace('../../errors/configuration-error.js', './configuration-error.mjs'));
    writeFileSync(
      join(root, 'start.mjs'),
      `import { loadMasterKey } from './master-key.mjs';
       process.stdin.once('data', () => {
         process.stdout.write(loadMasterKey({ dataDirectory: ${JSON.stringify(dataDirectory)} }).toString('hex'));
         process.exitCode = 0;
         process.stdin.destroy();
       });
       process.stderr.write('ready');`,
    );
    const processes = Array.from({ length: 4 }, () => spawn(process.execPath, [join(root, 'start.mjs')]));
    await Promise.all(processes.map(({ stderr }) => new Promise((resolve) => stderr.once('data', resolve))));
    const keys = processes.map(
      ({ stdin, stdout }) =>
        new Promise<string>((resolve) => {
          let text = '';
          stdout.on('data', (piece: Buffer) => (text += piece.toString()));
          stdout.once('end', () => resolve(text));
          stdin.write('go');
        }),
    );
    const [first, ...others] = await Promise.all(keys);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(others).toEqual([first, first, first]);
    expect(readdirSync(dataDirectory)).toEqual(['master.key']);
  });
});
