import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child, waitUntilReady } from './children.mjs';

const BENCH = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(BENCH);
const PEERS = join(BENCH, '.peers');
const PORTKEY = { name: '@portkey-ai/gateway', version: '1.15.2' };
// From 1.14 on it hands on the read-only headers of `fetch`, and every stream of Portkey 1.15.2 fails with "immutable".
const HONO_NODE_SERVER = { name: '@hono/node-server', version: '1.13.8' };
const PRELOAD = ['--import', join(BENCH, 'subject-preload.mjs')];

/** @typedef {'bare' | 'nestgate' | 'nestgate-off' | 'portkey'} SubjectName */

/** In the order of the table. @type {readonly SubjectName[]} */
export const SUBJECTS = ['bare', 'nestgate', 'nestgate-off', 'portkey'];

/**
 * @typedef {{
 *   ports: { mock: number, bare: number, nestgate: number, nestgateOff: number, portkey: number },
 *   core: number | undefined,
 *   main: string,
 *   databaseUrl: string | undefined,
 *   profile: { folder: string, name: string } | undefined,
 * }} Surroundings `main`: the file that starts Nestgate
 *
 * @typedef {{
 *   name: SubjectName,
 *   version: string,
 *   child: Child,
 *   origin: string,
 *   headers: Record<string, string>,
 *   dataDirectory?: string,
 * }} Subject `headers`: what each request to it carries; `dataDirectory`: of Nestgate
 */

/** A subject that is not there; the run goes on without it and says this. */
export class SubjectMissing extends Error {}

/** @param {string} folder */
function packageVersion(folder) {
  return String(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version);
}

/** @param {Surroundings} surroundings @returns {Promise<Subject>} */
async function startBare({ ports, core }) {
  const origin = `http://127.0.0.1:${ports.bare}`;
  const target = `http://127.0.0.1:${ports.mock}`;
  const args = [join(BENCH, 'bare-proxy.mjs'), '--port', String(ports.bare), '--target', target, '--with-parent'];
  const child = new Child('bare', { args, ...pinned(core) });
  await waitUntilReady(child, `${origin}/v1/models`, {}, 15_000);
  const version = `undici ${packageVersion(join(ROOT, 'node_modules', 'undici'))}`;
  return { name: 'bare', version, child, origin, headers: {} };
}

/** Limits that are checked and counted with every request, and never reached. */
const EVERYTHING = `rateLimits:
  requestsPerMinute: 100000000
  requestsPerDay: 100000000
  tokensPerMinute: 1000000000
  concurrentRequests: 100000
budgets:
  - { name: monthly, for: key, usd: 1000000, per: month }
prices:
  - { provider: mock, model: gpt-4o-mini, input: 0.15, cacheRead: 0.075, output: 0.6 }
`;

/** Nothing but what cannot be switched off: keys are checked, every request leaves its record. */
const NOTHING = `extensions:
  - { name: rate-limit, enabled: false }
  - { name: budget, enabled: false }
  - { name: idempotency, enabled: false }
metrics: { enabled: false }
`;

/**
 * @param {Surroundings} surroundings
 * @param {'nestgate' | 'nestgate-off'} name
 * @returns {Promise<Subject>}
 */
async function startNestgate({ ports, core, main, databaseUrl, profile }, name) {
  const isOn = name === 'nestgate';
  const port = isOn ? ports.nestgate : ports.nestgateOff;
  if (!existsSync(main))
    throw new SubjectMissing(`${relative(process.cwd(), main)} is not there: build first (npm run build)`);
  const key = `sk-bench-${randomBytes(24).toString('hex')}`;
  const folder = mkdtempSync(join(tmpdir(), 'nestgate-bench-'));
  // As root, the embedded Postgres runs as another user, which must get to its data through here.
  chmodSync(folder, 0o711);
  const dataDirectory = join(folder, 'data');
  const config = join(folder, 'nestgate.yaml');
  writeFileSync(
    config,
    `providers:
  - name: mock
    kind: openai-compatible
    baseUrl: http://127.0.0.1:${ports.mock}/v1
    apiKey: sk-mock
    models: [gpt-4o-mini]
${isOn ? EVERYTHING : NOTHING}`,
  );
  const env = {
    HOST: '127.0.0.1',
    PORT: String(port),
    ADMIN_PORT: '0',
    NESTGATE_CONFIG: config,
    NESTGATE_API_KEY: key,
    NESTGATE_DATA_DIR: dataDirectory,
    LOG_LEVEL: 'warn',
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    ...(profile === undefined ? {} : { BENCH_PROFILE: '1' }),
  };
  const profiling =
    profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile.folder}`, `--cpu-prof-name=${profile.name}`];
  const cleanUp = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  const args = [...startFlags(), ...profiling, ...PRELOAD, main];
  const child = new Child(name, { args, env, cwd: folder, cleanUp, ...pinned(core) });
  const origin = `http://127.0.0.1:${port}`;
  const headers = { authorization: `Bearer ${key}` };
  // The embedded Postgres makes its first cluster here.
  await waitUntilReady(child, `${origin}/v1/models`, headers, 180_000);
  if (databaseUrl === undefined && core !== undefined) movePostgres(dataDirectory, 1 - core);
  return { name, version: packageVersion(ROOT), child, origin, headers, dataDirectory };
}

/** The flags of Node that `npm start` gives. */
function startFlags() {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return String(scripts.start)
    .split(' ')
    .filter((word) => word.startsWith('--'));
}

/**
 * Gives the embedded Postgres the other core: a database is a machine of its own where it matters, as the provider is.
 * @param {string} dataDirectory @param {number} core
 */
function movePostgres(dataDirectory, core) {
  const [postmaster = ''] = readFileSync(join(dataDirectory, 'postgres', 'pgdata', 'postmaster.pid'), 'utf8').split(
    '\n',
  );
  const backends = execFileSync('ps', ['-o', 'pid=', '--ppid', postmaster], { encoding: 'utf8' }).split(/\s+/);
  for (const pid of [postmaster, ...backends].filter(Boolean)) {
    try {
      execFileSync('taskset', ['-pc', String(core), pid], { stdio: 'ignore' });
    } catch {
      // A worker of Postgres that has ended since.
    }
  }
}

/** @param {Surroundings} surroundings @returns {Promise<Subject>} */
async function startPortkey({ ports, core }) {
  const folder = join(PEERS, 'node_modules', PORTKEY.name);
  const main = join(folder, 'build', 'start-server.js');
  if (!isInstalled(join(PEERS, 'node_modules'))) installPortkey();
  const origin = `http://127.0.0.1:${ports.portkey}`;
  const child = new Child('portkey', {
    args: [...PRELOAD, main, `--port=${ports.portkey}`, '--headless'],
    env: { BENCH_LOOPBACK: '1' },
    ...pinned(core),
  });
  try {
    await waitUntilReady(child, `${origin}/`, {}, 60_000);
  } catch (error) {
    await child.end();
    throw new SubjectMissing(error instanceof Error ? error.message : String(error));
  }
  const headers = {
    authorization: 'Bearer sk-mock',
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `http://127.0.0.1:${ports.mock}/v1`,
  };
  return { name: 'portkey', version: PORTKEY.version, child, origin, headers };
}

/** @param {string} folder */
function isInstalled(folder) {
  try {
    return (
      packageVersion(join(folder, PORTKEY.name)) === PORTKEY.version &&
      packageVersion(join(folder, HONO_NODE_SERVER.name)) === HONO_NODE_SERVER.version
    );
  } catch {
    return false;
  }
}

function installPortkey() {
  const manifest = {
    private: true,
    dependencies: { [PORTKEY.name]: PORTKEY.version },
    overrides: { [HONO_NODE_SERVER.name]: HONO_NODE_SERVER.version },
  };
  try {
    mkdirSync(PEERS, { recursive: true });
    writeFileSync(join(PEERS, 'package.json'), JSON.stringify(manifest));
    const args = ['install', '--prefix', PEERS, '--ignore-scripts', '--no-audit', '--no-fund'];
    execFileSync('npm', args, { stdio: 'pipe', timeout: 180_000 });
  } catch (error) {
    const output = /** @type {{ stderr?: Buffer }} */ (error).stderr?.toString().trim() ?? String(error);
    throw new SubjectMissing(`${PORTKEY.name} ${PORTKEY.version} could not be installed: ${output.slice(-300)}`, {
      cause: error,
    });
  }
}

/** @param {number | undefined} core */
const pinned = (core) => (core === undefined ? {} : { core });

/** @type {Record<SubjectName, (surroundings: Surroundings) => Promise<Subject>>} */
const starters = {
  bare: startBare,
  nestgate: (surroundings) => startNestgate(surroundings, 'nestgate'),
  'nestgate-off': (surroundings) => startNestgate(surroundings, 'nestgate-off'),
  portkey: startPortkey,
};

/**
 * @param {SubjectName} name @param {Surroundings} surroundings
 * @throws {SubjectMissing} where it is not installed or not built
 */
export function startSubject(name, surroundings) {
  return starters[name](surroundings);
}
