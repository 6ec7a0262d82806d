// What the README promises, done by a newcomer: clone, `npm start`, ask, stop, start again. As the current user, or with
// `--user <uid>` as another one (root only).
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const uid = process.argv[2] === '--user' ? Number(process.argv[3]) : undefined;
const identity = uid === undefined ? {} : { uid, gid: uid };
const home = mkdtempSync(join(tmpdir(), 'nestgate-newcomer-'));
const clone = join(home, 'nestgate');
if (uid !== undefined) chownSync(home, uid, uid);
const environment = {
  PATH: process.env.PATH,
  HOME: home,
  LANG: 'C.UTF-8',
  PORT: '0',
  npm_config_cache: join(home, '.npm'),
};

function assert(condition, message) {
  if (!condition) throw new Error(message);
}

function isThere(group) {
  try {
    return process.kill(group, 0);
  } catch {
    return false;
  }
}

async function start() {
  const child = spawn('npm', ['start'], {
    cwd: clone,
    env: environment,
    ...identity,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  if (child.pid === undefined) throw new Error('npm cannot be run');
  const group = -child.pid;
  let output = '';
  child.stdout.on('data', (bytes) => (output += bytes));
  child.stderr.on('data', (bytes) => (output += bytes));
  const ended = once(child, 'exit');
  const isUp = () => /Try it:[\s\S]*messages/.test(output);
  while (!isUp()) {
    const result = await Promise.race([ended.then(() => 'ended'), new Promise((resolve) => setTimeout(resolve, 100))]);
    assert(result !== 'ended', `npm start ended:\n${output}`);
  }
  const url = /Nestgate listens on (\S+)/.exec(output)?.[1];
  const key = /shown this once:\s+(\S+)/.exec(output)?.[1];
  const stop = async () => {
    process.kill(group, 'SIGTERM');
    await ended;
    // npm does not wait for the server, which writes to its folder until it has ended.
    while (isThere(group)) await new Promise((resolve) => setTimeout(resolve, 100));
  };
  return { url, key, output: () => output, stop };
}

async function ask(url, key, stream) {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'simulator/echo', stream, messages: [{ role: 'user', content: 'Hello there!' }] }),
  });
  const text = await response.text();
  assert(response.status === 200, `status ${response.status}: ${text}`);
  return text;
}

try {
  const cloned = spawnSync('git', ['clone', '--quiet', `file://${process.cwd()}`, clone], { stdio: 'inherit' });
  assert(cloned.status === 0, 'git clone failed');
  if (uid !== undefined) spawnSync('chown', ['-R', `${uid}:${uid}`, home]);
  const first = await start();
  assert(first.key !== undefined, `no key was shown:\n${first.output()}`);
  assert((await ask(first.url, first.key, false)).includes('Hello there!'), 'the JSON answer is not the expected one');
  const events = await ask(first.url, first.key, true);
  assert(
    events.includes('"content":"Hello"') && events.endsWith('data: [DONE]\n\n'),
    `not the expected stream:\n${events}`,
  );
  assert(first.output().includes('OPENAI_API_KEY='), 'how to add a real provider is not said');
  await first.stop();
  const second = await start();
  assert(second.key === undefined, 'a second key was made');
  assert((await ask(second.url, first.key, false)).includes('Hello there!'), 'the second start does not know the key');
  await second.stop();
  assert(!second.output().includes(first.key), 'the key was shown again');
  assert(
    !second.output().includes('Installing') && !second.output().includes('Building'),
    'the second start built again',
  );
  writeFileSync(1, `A newcomer ${uid === undefined ? 'as this user' : `as user ${uid}`}: 1 passed, 0 failed\n`);
} finally {
  rmSync(home, { recursive: true, force: true });
}
