import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Child, PRELOAD, waitUntilReady } from '../processes/children.mjs';
import { FAILING_MODEL, LARGE_EMBEDDER, MODELS, SLOW_MODEL, SMALL_EMBEDDER, TOOLS_MODEL } from '../requests.mjs';
import { packageVersion, ROOT, SubjectMissing } from './subject.mjs';

/** Providers of Nestgate's configuration, all of them the mock: kind, models, more settings. @type {Record<string, [string, string[], object]>} */
const PROVIDERS = {
  mock: [
    'openai-compatible',
    [MODELS.openai, SLOW_MODEL, TOOLS_MODEL, SMALL_EMBEDDER, LARGE_EMBEDDER],
    { apiKey: 'sk-mock' },
  ],
  failing: ['openai-compatible', [FAILING_MODEL], { apiKey: 'sk-mock' }],
  anthropic: ['anthropic', [MODELS.anthropic], { apiKey: 'sk-mock' }],
  gemini: ['gemini', [MODELS.gemini], { apiKey: 'sk-mock' }],
  // With access keys, so that each request is signed.
  bedrock: ['bedrock', [MODELS.bedrock], { region: 'eu-central-1', accessKeyId: 'AKIAMOCK', secretAccessKey: 'mock' }],
};

/** Limits that are checked and counted with every request, and never reached. */
const EVERYTHING = {
  rateLimits: {
    requestsPerMinute: 100_000_000,
    requestsPerDay: 100_000_000,
    tokensPerMinute: 1_000_000_000,
    concurrentRequests: 100_000,
  },
  budgets: [{ name: 'monthly', for: 'key', usd: 1_000_000, per: 'month' }],
};

/** Nothing but what cannot be switched off: keys are checked, every request leaves its record. */
const NOTHING = {
  extensions: ['rate-limit', 'budget', 'idempotency'].map((name) => ({ name, enabled: false })),
  metrics: { enabled: false },
};

/**
 * The configuration as JSON, which is YAML too.
 * @param {number} mockPort @param {boolean} isOn @param {number} moreModels that nobody asks for
 * @param {boolean} isSlowed the event loop will be late all the time
 */
function configuration(mockPort, isOn, moreModels, isSlowed) {
  const extra = Array.from({ length: moreModels }, (_, at) => `model-${at}`);
  const providers = Object.entries(PROVIDERS).map(([name, [kind, models, settings]]) => ({
    name,
    kind,
    // More than any scenario has under way, so that nothing is refused.
    maxConcurrency: 10_000,
    baseUrl: `http://127.0.0.1:${mockPort}${kind === 'openai-compatible' ? '/v1' : ''}`,
    models: name === 'mock' ? [...extra, ...models] : models,
    ...settings,
  }));
  const prices = providers.flatMap(({ name, models }) =>
    models.map((/** @type {string} */ model) => ({
      provider: name,
      model,
      input: 0.15,
      cacheRead: 0.075,
      output: 0.6,
    })),
  );
  const overload = isSlowed ? { overload: { enabled: false } } : {};
  return JSON.stringify({ providers, ...overload, ...(isOn ? { ...EVERYTHING, prices } : NOTHING) });
}

/**
 * @param {import('./subject.mjs').Surroundings} surroundings
 * @param {{ name: string, isOn: boolean, moreModels?: number, workers?: number }} kind
 * @returns {Promise<import('./subject.mjs').Subject & { dataDirectory: string, masterKey: Buffer }>}
 */
export async function startNestgate(
  { port, mockPort, core, main, databaseUrl, counter },
  { name, isOn, moreModels = 0, workers = 1 },
) {
  if (!existsSync(main))
    throw new SubjectMissing(`${relative(process.cwd(), main)} is not there: build first (npm run build)`);
  const key = `sk-bench-${randomBytes(24).toString('hex')}`;
  const masterKey = randomBytes(32);
  const folder = mkdtempSync(join(tmpdir(), 'nestgate-bench-'));
  // As root, the embedded Postgres runs as another user, which must get to its data through here.
  chmodSync(folder, 0o711);
  const dataDirectory = join(folder, 'data');
  const config = join(folder, 'nestgate.yaml');
  writeFileSync(config, configuration(mockPort, isOn, moreModels, counter !== undefined));
  const env = {
    HOST: '127.0.0.1',
    PORT: String(port),
    ADMIN_PORT: '0',
    NESTGATE_CONFIG: config,
    NESTGATE_API_KEY: key,
    NESTGATE_MASTER_KEY: masterKey.toString('base64'),
    NESTGATE_DATA_DIR: dataDirectory,
    LOG_LEVEL: 'error',
    ...(workers === 1 ? {} : { NESTGATE_WORKERS: String(workers) }),
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  };
  const cleanUp = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  const args = [...startFlags(), ...PRELOAD, main];
  const child = new Child(name, { args, env, cwd: folder, cleanUp, core, answers: true, counter });
  const origin = `http://127.0.0.1:${port}`;
  const headers = { authorization: `Bearer ${key}` };
  // The embedded Postgres makes its first cluster here.
  await waitUntilReady(child, `${origin}/v1/models`, headers, 180_000);
  if (databaseUrl === undefined && core !== undefined) movePostgres(dataDirectory, 1 - core);
  return { name, version: packageVersion(ROOT), child, origin, headers, dataDirectory, masterKey };
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
