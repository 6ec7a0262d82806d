import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child, PRELOAD, waitUntilReady } from '../processes/children.mjs';
import { installing, orMissing, packageVersion, PEERS } from './subject.mjs';

const PORTKEY = { name: '@portkey-ai/gateway', version: '1.15.2' };
// From 1.14 on it hands on the read-only headers of `fetch`, and every stream of Portkey 1.15.2 fails with "immutable".
const HONO_NODE_SERVER = { name: '@hono/node-server', version: '1.13.8' };
const FOLDER = join(PEERS, 'portkey');
const MODULES = join(FOLDER, 'node_modules');

/**
 * Portkey's gateway from npm. It has neither keys nor accounts of its own.
 * @param {import('./subject.mjs').Surroundings} surroundings
 * @returns {Promise<import('./subject.mjs').Subject>}
 */
export async function startPortkey({ port, mockPort, core }) {
  if (!isInstalled()) installing(`${PORTKEY.name} ${PORTKEY.version}`, install);
  const origin = `http://127.0.0.1:${port}`;
  const main = join(MODULES, PORTKEY.name, 'build', 'start-server.js');
  const args = [...PRELOAD, main, `--port=${port}`, '--headless'];
  const child = new Child('portkey', { args, env: { BENCH_LOOPBACK: '1' }, core, answers: true });
  await orMissing(child, () => waitUntilReady(child, `${origin}/`, {}, 60_000));
  const headers = {
    authorization: 'Bearer sk-mock',
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `http://127.0.0.1:${mockPort}/v1`,
  };
  return { name: 'portkey', version: PORTKEY.version, child, origin, headers };
}

function isInstalled() {
  try {
    return [PORTKEY, HONO_NODE_SERVER].every(({ name, version }) => packageVersion(join(MODULES, name)) === version);
  } catch {
    return false;
  }
}

function install() {
  const manifest = {
    private: true,
    dependencies: { [PORTKEY.name]: PORTKEY.version },
    overrides: { [HONO_NODE_SERVER.name]: HONO_NODE_SERVER.version },
  };
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'package.json'), JSON.stringify(manifest));
  const args = ['install', '--prefix', FOLDER, '--ignore-scripts', '--no-audit', '--no-fund'];
  execFileSync('npm', args, { stdio: 'pipe', timeout: 180_000 });
}
