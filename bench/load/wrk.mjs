import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The version `wrk` reports, `undefined` where it is not on the PATH. */
export function wrkVersion() {
  try {
    execFileSync('wrk', ['-v'], { stdio: 'pipe' });
    return 'wrk';
  } catch (error) {
    // wrk says its version with exit code 1.
    const output = /** @type {{ stdout?: Buffer }} */ (error).stdout?.toString() ?? '';
    return /^wrk \S+/.exec(output)?.[0];
  }
}

const RESULT = 'RESULT ';

/** @param {string} text */
const lua = (text) => `"${text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r')}"`;

/** @param {import('./load.mjs').LoadRequest} request */
function script({ headers, body, keys }) {
  return [
    'wrk.method = "POST"',
    ...Object.entries(headers).map(([name, value]) => `wrk.headers[${lua(name)}] = ${lua(value)}`),
    `wrk.body = ${lua(body)}`,
    ...(keys === undefined ? [] : inTurn(keys)),
    'function done(summary, latency)',
    '  local errors = summary.errors',
    `  print(string.format('${RESULT}{"requests":%d,"micros":%d,"bytes":%d,"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d,"p50":%f,"p99":%f,"max":%f}',`,
    '    summary.requests, summary.duration, summary.bytes, errors.connect, errors.read, errors.write, errors.status,',
    '    errors.timeout, latency:percentile(50), latency:percentile(99), latency.max))',
    'end',
  ].join('\n');
}

/** Each request with another key; all are made before the load begins. @param {readonly string[]} keys */
function inTurn(keys) {
  return [
    'local requests, at = {}, 0',
    'function init()',
    `  for _, key in ipairs({${keys.map(lua).join(',')}}) do`,
    '    wrk.headers["authorization"] = "Bearer " .. key',
    '    requests[#requests + 1] = wrk.format()',
    '  end',
    'end',
    'function request()',
    '  at = at % #requests + 1',
    '  return requests[at]',
    'end',
  ];
}

/**
 * A closed loop by `wrk`. At the end wrk hangs up in the middle of what is under way, which is no error.
 *
 * wrk does not look into answers. Where `answerBytes` (one whole answer with its head) is given, fewer bytes than the
 * answers should have are counted as one truncated answer at least.
 *
 * @param {import('./load.mjs').LoadRequest} request
 * @param {import('./load.mjs').ClosedLoop} loop
 * @returns {Promise<import('./load.mjs').LoadResult>}
 */
export async function runWrk(request, { connections, seconds, answerBytes }) {
  const folder = mkdtempSync(join(tmpdir(), 'nestgate-bench-'));
  try {
    const file = join(folder, 'request.lua');
    writeFileSync(file, script(request), { mode: 0o600 });
    const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '20s', '--latency', '-s', file, request.url];
    const output = await run('wrk', args, (seconds + 30) * 1000);
    const line = output.split('\n').find((text) => text.startsWith(RESULT));
    if (line === undefined) throw new Error(`wrk gave no result: ${output.slice(0, 500)}`);
    const raw = JSON.parse(line.slice(RESULT.length));
    /** @type {Record<string, number>} */
    const errors = {};
    for (const kind of ['connect', 'read', 'write', 'timeout']) if (raw[kind] > 0) errors[kind] = raw[kind];
    if (raw.status > 0) errors['status not 2xx'] = raw.status;
    // The sizes of heads vary a little (dates, ids, counters), never by 3 %.
    const missing = answerBytes === undefined ? 0 : Math.ceil(raw.requests * 0.97 - raw.bytes / answerBytes);
    if (missing > 0) errors['truncated'] = missing;
    return {
      generator: 'wrk',
      requests: raw.requests,
      answered: raw.requests,
      seconds: raw.micros / 1e6,
      perSecond: raw.requests / (raw.micros / 1e6),
      latencyMs: { p50: raw.p50 / 1000, p99: raw.p99 / 1000, max: raw.max / 1000 },
      errors,
      drained: false,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} command @param {string[]} args @param {number} timeout milliseconds @returns {Promise<string>} */
function run(command, args, timeout) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout });
    const stop = () => child.kill('SIGTERM');
    process.once('SIGTERM', stop);
    let output = '';
    child.stdout.on('data', (bytes) => (output += bytes));
    child.stderr.on('data', (bytes) => (output += bytes));
    child.on('error', reject);
    child.on('close', (code) => {
      process.off('SIGTERM', stop);
      if (code === 0) resolve(output);
      else reject(new Error(`${command} ended with ${code}: ${output.slice(0, 500)}`));
    });
  });
}
