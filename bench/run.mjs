/**
 * `npm run bench`: see README.md beside this file.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Benchmark } from './benchmark.mjs';
import { endAll } from './children.mjs';
import { describeMachine } from './machine.mjs';
import { listOption, numberOption, parseOptions } from './options.mjs';
import { profileSummary } from './profile-summary.mjs';
import { latencyTable, remarks, throughputTable } from './report.mjs';
import { SCENARIOS } from './scenarios.mjs';
import { SUBJECTS } from './subjects.mjs';

const BENCH = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(BENCH);
const RESULTS = join(BENCH, 'results');

const USAGE = `node bench/run.mjs [options]
  --scenario json,stream,latency   which (all)
  --subjects bare,nestgate,nestgate-off,portkey   which (all)
  --rounds 5      rounds per scenario          --seconds 5   of load in each
  --warmup 3      seconds before the rounds    --connections 32
  --rate 500      of the latency scenario      --generator auto|wrk|own
  --chunks 20     in a stream                  --pause-ms 0  between them
  --include-usage the client itself asks for usage in streams
  --main dist/main.js   the Nestgate to start  --port-base 9901
  --profile       CPU profile of nestgate, one scenario
  --json          the whole result on standard output instead of tables
  --help          this text`;

/** @param {string[]} args */
function readSettings(args) {
  const options = parseOptions(
    args,
    [...USAGE.matchAll(/--([a-z-]+)/g)].map(([, name]) => name ?? ''),
  );
  const isProfile = options.has('profile');
  const [generator = 'auto'] = listOption(options, 'generator', ['auto'], ['auto', 'wrk', 'own']);
  const scenarios = listOption(options, 'scenario', isProfile ? ['json'] : SCENARIOS, SCENARIOS);
  if (isProfile && scenarios.length > 1) throw new Error('--profile takes one --scenario.');
  const chunks = numberOption(options, 'chunks', 20, 1, 10_000);
  const pauseMs = numberOption(options, 'pause-ms', 0, 0, 10_000);
  if (chunks * pauseMs > 10_000) throw new Error('--chunks times --pause-ms: a stream takes ten seconds at most.');
  return {
    help: options.has('help'),
    json: options.has('json'),
    profile: isProfile,
    scenarios: SCENARIOS.filter((scenario) => scenarios.includes(scenario)),
    subjects: isProfile
      ? SUBJECTS.filter((subject) => subject === 'nestgate')
      : SUBJECTS.filter((subject) => listOption(options, 'subjects', SUBJECTS, SUBJECTS).includes(subject)),
    rounds: numberOption(options, 'rounds', isProfile ? 1 : 5, 1, 100),
    seconds: numberOption(options, 'seconds', 5, 1, 300),
    warmup: numberOption(options, 'warmup', 3, 1, 60),
    connections: numberOption(options, 'connections', 32, 1, 2_000),
    rate: numberOption(options, 'rate', 500, 1, 20_000),
    generator: /** @type {'auto' | 'wrk' | 'own'} */ (generator),
    chunks,
    pauseMs,
    includeUsage: options.has('include-usage'),
    main: resolve(options.get('main') ?? join(ROOT, 'dist', 'main.js')),
    portBase: numberOption(options, 'port-base', 9901, 1024, 65_500),
    databaseUrl: process.env['BENCH_DATABASE_URL'] || undefined,
  };
}

/** @typedef {ReturnType<typeof readSettings>} Settings */

/** @param {string} line */
const say = (line) => void process.stderr.write(`${line}\n`);

/** @param {Settings} settings */
async function main(settings) {
  mkdirSync(RESULTS, { recursive: true });
  const startedAt = new Date();
  const name = startedAt.toISOString().replace(/[:.]/g, '-');
  const machine = describeMachine(ROOT);
  const profile = settings.profile
    ? { folder: RESULTS, name: `${name}-${settings.scenarios[0] ?? ''}.cpuprofile` }
    : undefined;
  const benchmark = new Benchmark(settings, machine.pinning, profile, say);
  const outcome = await benchmark.run();
  await endAll();

  const { databaseUrl, ...shownSettings } = settings;
  const result = {
    startedAt: startedAt.toISOString(),
    machine,
    settings: {
      ...shownSettings,
      main: relative(ROOT, settings.main),
      database: databaseUrl === undefined ? 'embedded' : 'given',
    },
    ...outcome,
    remarks: remarks(outcome.runs, outcome.mockMaximum, machine),
  };
  const file = join(RESULTS, `${name}.json`);
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  if (settings.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else process.stdout.write(`${report(settings, result)}\n\nRaw results: ${relative(process.cwd(), file)}\n`);
  if (profile !== undefined) say(profileSummary(join(profile.folder, profile.name)));
  const isGood = outcome.runs.every((run) => !run.isVoid) && outcome.usage?.exact !== false;
  process.exitCode = isGood ? 0 : 1;
}

/**
 * @param {Settings} settings
 * @param {import('./benchmark.mjs').Outcome & { machine: ReturnType<typeof describeMachine>, remarks: string[] }} result
 */
function report(settings, { machine, runs, subjects, skipped, usage, remarks: lines }) {
  const { connections, rounds, seconds, rate, chunks } = settings;
  const generator = runs[0]?.load.generator === 'wrk' ? (machine.wrk ?? 'wrk') : 'own generator';
  const parts = [`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${machine.system}, ${generator}`];
  for (const scenario of settings.scenarios) {
    const what = {
      json: 'JSON',
      stream: `streams of ${chunks} chunks`,
      latency: `latency, ${rate} requests/s, open loop`,
    };
    const how = scenario === 'latency' ? '' : `, ${connections} connections`;
    parts.push(`\n${what[scenario]}${how}; median of ${rounds} × ${seconds} s\n`);
    if (scenario === 'latency') {
      const names = subjects.map(({ subject }) => subject).filter((subject) => subject !== 'portkey');
      parts.push(latencyTable(runs, ['mock', ...names]));
    } else parts.push(throughputTable(scenario, runs, subjects));
  }
  parts.push('');
  for (const { round, scenario, subject, load } of runs.filter((run) => run.isVoid)) {
    parts.push(`VOID: ${scenario}, ${subject}, round ${round}: ${JSON.stringify(load.errors)}`);
  }
  parts.push(...skipped.map((line) => `Skipped: ${line}`), ...lines);
  if (usage !== undefined) parts.push(`Usage records: ${usage.says}`);
  return parts.join('\n');
}

/** @param {number} code */
async function stop(code) {
  await endAll();
  process.exit(code);
}

let interrupted = false;
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => {
    if (interrupted) return;
    interrupted = true;
    say(`\n${signal}: ending what was started.`);
    void stop(130);
  });
}

try {
  const settings = readSettings(process.argv.slice(2));
  if (settings.help) process.stdout.write(`${USAGE}\n`);
  else await main(settings);
} catch (error) {
  if (!interrupted) {
    say(error instanceof Error ? error.message : String(error));
    await stop(2);
  }
}
