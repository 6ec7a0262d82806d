import { join, resolve } from 'node:path';
import { listOption, numberOption, parseOptions } from './options.mjs';
import { callgrind } from './processes/callgrind.mjs';
import { SCENARIOS } from './scenarios.mjs';
import { ROOT } from './subjects/subject.mjs';
import { SUBJECTS, USUAL_SUBJECTS } from './subjects/subjects.mjs';

const SCENARIO_NAMES = SCENARIOS.map(({ name }) => name);
const USUAL_SCENARIOS = ['json', 'stream'];
/** Of a stream. */
const MAX_CHUNKS = 10_000;
/** What can be started under another program. @type {readonly import('./subjects/subject.mjs').SubjectName[]} */
const COUNTABLE = ['bare', 'nestgate', 'nestgate-off'];
/** What a run takes that is for a profile and says nothing else: subjects, and seconds of load and before it. */
const PROFILES = {
  cpu: { usual: ['nestgate'], seconds: 4, warmup: 3 },
  allocations: { usual: ['nestgate'], seconds: 4, warmup: 3 },
  instructions: { usual: COUNTABLE, seconds: 30, warmup: 20 },
};

export const USAGE = `node bench/run.mjs [options]
  --all           every scenario and every subject, half an hour at most (without: json and stream, five minutes)
  --scenario x,y  which of ${SCENARIO_NAMES.join(', ')}
  --subject x,y   which of ${SUBJECTS.join(', ')}
  --rounds 9      rounds per scenario          --seconds 2   of load in each
  --warmup 3      seconds before the rounds, up to five times, until 40,000 requests are answered
  --connections 32
  --rates 100,250,500,1000   of the ladder     --generator auto|wrk|own
  --chunks 20     in a stream                  --pause-ms 0  between them
  --events-per-write 1   of a stream, by the mock upstream (without: all in one; with pauses one)
  --streams 1000  slow ones at once            --requests 100000   of the memory scenario
  --keys 100000   --models 2000   --rows 1000000   of the growth scenario
  --include-usage the client itself asks for usage in streams
  --main dist/main.js   the Nestgate to start  --port-base 9901
  --profile cpu|allocations|instructions   of nestgate, in one closed scenario; instructions need valgrind
  --keep-baseline the ratios of this run are what npm run bench:gate compares with
  --json          the whole result on standard output instead of tables
  --help          this text`;

/** @param {readonly string[]} args */
export function readSettings(args) {
  const options = parseOptions(args, [
    ...new Set([...USAGE.matchAll(/--([a-z-]+)/g)].map(([, name]) => name ?? '')),
    'scenarios',
    'subjects',
  ]);
  for (const name of ['scenario', 'subject']) {
    const plural = options.get(`${name}s`);
    if (plural !== undefined) options.set(name, plural);
  }
  const all = options.has('all');
  const [profile] = /** @type {(keyof typeof PROFILES)[]} */ (
    options.has('profile') ? listOption(options, 'profile', [], Object.keys(PROFILES)) : []
  );
  const profiling = profile === undefined ? undefined : PROFILES[profile];
  const isCounting = profile === 'instructions';
  if (isCounting && !callgrind.isThere) {
    throw new Error('--profile instructions needs Linux and valgrind (the Debian package has its name).');
  }
  const [generator = 'auto'] = listOption(options, 'generator', ['auto'], ['auto', 'wrk', 'own']);
  const scenarios = listOption(
    options,
    'scenario',
    all ? SCENARIO_NAMES : profile === undefined ? USUAL_SCENARIOS : ['json'],
    SCENARIO_NAMES,
  );
  const subjects = listOption(
    options,
    'subject',
    all ? SUBJECTS : (profiling?.usual ?? USUAL_SUBJECTS),
    isCounting ? COUNTABLE : SUBJECTS,
  );
  const chosen = SCENARIOS.filter(({ name }) => scenarios.includes(name));
  if (profile !== undefined && chosen.some(({ how }) => how !== 'closed')) {
    throw new Error('--profile takes scenarios in which connections ask one request after the other.');
  }
  const chunks = numberOption(options, 'chunks', 20, 1, MAX_CHUNKS);
  const pauseMs = numberOption(options, 'pause-ms', 0, 0, 10_000);
  if (chunks * pauseMs > 10_000) throw new Error('--chunks times --pause-ms: a stream takes ten seconds at most.');
  return {
    help: options.has('help'),
    json: options.has('json'),
    all,
    keepBaseline: options.has('keep-baseline'),
    profile,
    scenarios: chosen.map(({ name }) => name),
    subjects: SUBJECTS.filter((subject) => subjects.includes(subject)),
    minutes: all ? 30 : undefined,
    rounds: numberOption(options, 'rounds', profile !== undefined ? 1 : all ? 5 : 9, 1, 100),
    seconds: numberOption(options, 'seconds', profiling?.seconds ?? 2, 1, 300),
    warmup: numberOption(options, 'warmup', all ? 2 : (profiling?.warmup ?? 3), 1, 60),
    connections: numberOption(options, 'connections', 32, 1, 2_000),
    rates: ratesOf(options.get('rates') ?? '100,250,500,1000'),
    generator: /** @type {'auto' | 'wrk' | 'own'} */ (generator),
    chunks,
    pauseMs,
    // A write for each would have the mock take as long as the bare proxy: it must not be what limits a run.
    eventsPerWrite: numberOption(options, 'events-per-write', pauseMs > 0 ? 1 : MAX_CHUNKS, 1, MAX_CHUNKS),
    streams: numberOption(options, 'streams', 1_000, 1, 4_000),
    requests: numberOption(options, 'requests', 100_000, 1_000, 10_000_000),
    keys: numberOption(options, 'keys', 100_000, 1_000, 10_000_000),
    models: numberOption(options, 'models', 2_000, 1, 100_000),
    rows: numberOption(options, 'rows', 1_000_000, 1, 100_000_000),
    includeUsage: options.has('include-usage'),
    main: resolve(options.get('main') ?? join(ROOT, 'dist', 'main.js')),
    portBase: numberOption(options, 'port-base', 9901, 1024, 65_500),
    databaseUrl: process.env['BENCH_DATABASE_URL'] || undefined,
  };
}

/** @typedef {ReturnType<typeof readSettings>} Settings */

/** @param {string} text */
function ratesOf(text) {
  const rates = text.split(',').map(Number);
  if (rates.some((rate) => !(rate >= 1 && rate <= 20_000))) {
    throw new Error(`--rates takes requests per second from 1 to 20000, not '${text}'`);
  }
  return rates.sort((a, b) => a - b);
}
