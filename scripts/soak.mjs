// Asks the built server for long, and sees that it leaks nothing: first as fast as it answers, then by clients that do not
// read, then at a low rate. Prints memory, heap and open files with their slopes, and how long answers took; ends with 1
// where one of them is out of its mark.
//
//   node scripts/soak.mjs [--requests 20000] [--readers 200] [--minutes 10] [--rate 20]
//
// The long form is --requests 100000 --readers 2000 --minutes 60.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    readers: { type: 'string', default: '200' },
    minutes: { type: 'string', default: '10' },
    rate: { type: 'string', default: '20' },
  },
});
const [requests, readers, minutes, rate] = [values.requests, values.readers, values.minutes, values.rate].map(Number);
if (![requests, readers, minutes, rate].every((number) => number > 0))
  throw new Error('--requests, --readers, --minutes and --rate are numbers above 0.');

const KEY = 'sk-soak-0123456789abcdef';
const ADMIN_TOKEN = 'token-of-the-soak-4f1b2c9d';
const LANES = 32;
/** Kinds of requests, in turn: see {@link askOnce}. */
const KINDS = 10;
/** Those of them that are answered whole. */
const WHOLE = new Set([4, 6, 8]);
/** Clients that do not read, at a time: the kernel keeps some 8 MB for each, of which all have only so much. */
const READERS = 50;
/** Milliseconds after which the server lets go of them. */
const STALL = 2_000;
/** Seconds in which what is idle is closed: connections to the provider, to Postgres, of clients. */
const REST = 20;
/** What may be. */
const MARKS = { okShare: 0.9999, growth: 1.1, files: 5, slopeMegabytes: 1, readersMegabytes: 256, slower: 2 };
/** Seconds between two looks. */
const LOOK = 30;
/** Of the server: collects its garbage when told by a signal, so that what is looked at is what somebody holds. */
const COLLECTOR = `process.on('SIGUSR2', () => globalThis.gc())`;
/** Slopes of less than this many minutes are told, and not judged: they are those of the garbage collector. */
const JUDGED_FROM = 30;
const MEGABYTE = 1024 * 1024;
/** More of a stream than the kernel takes in before anybody notices that nobody reads. */
const FLOOD = 20 * MEGABYTE;

const chunk = (content) =>
  `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'model', choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason: null }] })}\n\n`;
const ANSWER = JSON.stringify({
  id: 'x',
  object: 'chat.completion',
  created: 1,
  model: 'model',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 },
});

/** A provider that answers whole, or in ten pieces, or without end to those who ask for a flood. */
const upstream = createServer((asked, answer) => {
  let body = '';
  asked.on('data', (bytes) => (body += bytes));
  asked.on('end', async () => {
    if (!body.includes('"stream":true')) {
      answer.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER);
      return;
    }
    answer.writeHead(200, { 'content-type': 'text/event-stream' });
    if (body.includes('"user":"flood"')) {
      void flood(answer);
      return;
    }
    for (let piece = 0; piece < 10 && !answer.destroyed; piece++) {
      answer.write(chunk(`piece ${piece} `));
      await pause(2);
    }
    answer.end('data: [DONE]\n\n');
  });
});

/** Streams that were closed before their end, and who wants to know. */
const floods = { closed: 0, tell: () => undefined };

async function flood(answer) {
  const closed = new Promise((resolve) => answer.on('close', resolve));
  void closed.then(() => {
    if (!answer.writableFinished) floods.closed++;
    floods.tell();
  });
  const piece = chunk('x'.repeat(16 * 1024));
  for (let sent = 0; sent < FLOOD && !answer.destroyed; sent += piece.length) {
    if (answer.write(piece)) continue;
    await Promise.race([closed, new Promise((resolve) => answer.once('drain', resolve))]);
  }
  answer.end();
}

const folder = await mkdtemp(join(tmpdir(), 'nestgate-soak-'));
let server;
try {
  await new Promise((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  server = await startServer();
  process.exitCode = (await soak(server)) ? 0 : 1;
} finally {
  server?.child.kill('SIGTERM');
  await server?.ended;
  upstream.close();
  upstream.closeAllConnections();
  await rm(folder, { recursive: true, force: true });
}

async function startServer() {
  const configuration = join(folder, 'nestgate.yaml');
  const provider = {
    name: 'first',
    kind: 'openai-compatible',
    baseUrl: `http://127.0.0.1:${upstream.address().port}/v1`,
    models: ['model'],
  };
  await writeFile(configuration, JSON.stringify({ providers: [provider], streaming: { stallTimeout: STALL } }));
  const collector = ['--expose-gc', '--import', `data:text/javascript,${encodeURIComponent(COLLECTOR)}`];
  const child = spawn(process.execPath, [...collector, 'dist/main.js'], {
    env: {
      PATH: process.env.PATH,
      ...(process.env.DATABASE_URL && { DATABASE_URL: process.env.DATABASE_URL }),
      HOST: '127.0.0.1',
      PORT: '0',
      ADMIN_PORT: '0',
      LOG_LEVEL: 'warn',
      NESTGATE_CONFIG: configuration,
      NESTGATE_DATA_DIR: join(folder, 'data'),
      NESTGATE_API_KEY: KEY,
      NESTGATE_ADMIN_TOKEN: ADMIN_TOKEN,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let said = '';
  for (const output of [child.stdout, child.stderr]) output.on('data', (bytes) => (said += bytes));
  void ended.then((code) => process.stderr.write(code === 0 ? '' : `The server has ended with ${code}.\n${said}\n`));
  for (let tries = 0; tries < 1_200 && child.exitCode === null; tries++) {
    const port = /listens on http:\/\/localhost:(\d+)/.exec(said)?.[1];
    const administration = /administration (http:\S+)/.exec(said)?.[1]?.replace('localhost', '127.0.0.1');
    if (port && administration) return { child, ended, port: Number(port), administration, said: () => said };
    await pause(100);
  }
  throw new Error('The server has not started.');
}

async function soak({ child, port, administration, said }) {
  const counts = { ok: 0, failed: 0 };
  const failures = new Map();
  const agent = new Agent({ keepAlive: true });
  /** Milliseconds of the answers that came whole and at once, as they came. */
  let times = [];
  const ask = async (number) => {
    const began = performance.now();
    const fault = await askOnce(agent, port, number);
    if (WHOLE.has(number % KINDS)) times.push(performance.now() - began);
    counts[fault === undefined ? 'ok' : 'failed']++;
    if (fault !== undefined) failures.set(fault, (failures.get(fault) ?? 0) + 1);
  };

  let sent = 0;
  const lane = async () => {
    while (sent < requests) await ask(sent++);
  };
  // What is compiled and cached by then is no leak.
  const warm = Math.min(2_000, requests / 10);
  while (sent < warm) await Promise.all(Array.from({ length: LANES }, () => ask(sent++)));
  await Promise.all(Array.from({ length: LANES }, lane));
  const look = async () => {
    child.kill('SIGUSR2');
    await pause(500);
    return { minute: performance.now() / 60_000, ...(await readServer(child.pid, administration)) };
  };
  print('after the fast ones', await look());
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, memoryOf(child.pid))), 100);
  await rest(agent);
  const beforeReaders = await look();
  print('at rest', beforeReaders);
  for (let asked = 0; asked < readers; asked += READERS) await keepUnread(port, Math.min(READERS, readers - asked));
  clearInterval(watch);
  console.log(`${floods.closed} clients that did not read were let go; memory was ${most.toFixed(1)} MiB at most`);
  await rest(agent);
  const before = await look();
  print('after those, at rest', before);

  const samples = [];
  times = [];
  const end = performance.now() + minutes * 60_000;
  let nextLook = 0;
  const running = new Set();
  while (performance.now() < end) {
    const asked = ask(sent++).finally(() => running.delete(asked));
    running.add(asked);
    if (performance.now() >= nextLook) {
      nextLook = performance.now() + LOOK * 1_000;
      void look().then((sample) => samples.push(sample));
    }
    await pause(1_000 / rate);
  }
  await Promise.all(running);
  await rest(agent);
  const after = await look();
  print('at the end, at rest', after);

  // The first half still gives back what the fast ones took.
  const late = samples.slice(samples.length / 2);
  const slopes = { rss: slopeOf(late, 'rss'), heap: slopeOf(late, 'heap') };
  const okShare = counts.ok / (counts.ok + counts.failed);
  const third = Math.ceil(times.length / 3);
  const [first, last] = [times.slice(0, third), times.slice(-third)].map(timesOf);
  console.log(`whole answers of the first third took ${first.text}, of the last ${last.text}`);
  console.log(`slopes in an hour: memory ${slopes.rss.toFixed(1)} MiB, heap ${slopes.heap.toFixed(1)} MiB`);
  console.log(`${sent} requests, ${counts.failed} of them not answered as they should`);
  for (const [fault, count] of failures) console.log(`  ${count} times ${fault}`);
  const faults = [
    okShare < MARKS.okShare && `${counts.failed} requests failed`,
    after.rss > before.rss * MARKS.growth && 'memory has grown by more than a tenth',
    floods.closed !== readers && `${readers - floods.closed} clients that did not read were not let go`,
    most > beforeReaders.rss + MARKS.readersMegabytes && 'clients that did not read took too much memory',
    last.median > first.median * MARKS.slower && 'answers take longer and longer',
    Math.abs(after.files - before.files) > MARKS.files && `open files went from ${before.files} to ${after.files}`,
    /MaxListenersExceededWarning/.test(said()) && 'there are too many listeners to something',
    minutes >= JUDGED_FROM && slopes.rss > MARKS.slopeMegabytes && 'memory grows',
    minutes >= JUDGED_FROM && slopes.heap > MARKS.slopeMegabytes && 'the heap grows',
  ].filter(Boolean);
  for (const fault of faults) console.log(`out of its mark: ${fault}`);
  if (faults.length === 0) console.log('all within their marks');
  return faults.length === 0;
}

function headersOf(body) {
  return { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', 'content-length': body.length };
}

/** One of ten leaves within its stream, one asks for a model that there is not; half of the others are streams. @returns what went wrong, if anything. */
function askOnce(agent, port, number) {
  const kind = number % KINDS;
  const isStream = kind === 0 || kind % 2 === 1;
  const body = JSON.stringify({
    model: kind === 2 ? 'nothing' : 'model',
    ...(isStream && { stream: true }),
    messages: [{ role: 'user', content: `Request ${number}` }],
  });
  const options = { host: '127.0.0.1', port, path: '/v1/chat/completions', method: 'POST', agent };
  const headers = headersOf(body);
  return new Promise((resolve) => {
    const asked = request({ ...options, headers }, (answer) => {
      let text = '';
      answer.on('data', (bytes) => {
        text += bytes;
        if (kind !== 0) return;
        asked.destroy();
        resolve(undefined);
      });
      answer.on('error', () => resolve('an answer that broke off'));
      answer.on('end', () => {
        const isRight = answer.statusCode === (kind === 2 ? 404 : 200);
        const isWhole = kind === 2 || !isStream || text.endsWith('data: [DONE]\n\n');
        resolve(isRight && isWhole ? undefined : `status ${answer.statusCode}: ${text.slice(-200)}`);
      });
    });
    asked.on('error', (error) => resolve(error.code ?? error.message));
    asked.end(body);
  });
}

/** Asks for so many streams that nobody reads, until the server has let go of all. */
async function keepUnread(port, count) {
  const body = JSON.stringify({
    model: 'model',
    stream: true,
    user: 'flood',
    messages: [{ role: 'user', content: 'x' }],
  });
  const until = floods.closed + count;
  const over = new Promise((resolve) => (floods.tell = () => floods.closed >= until && resolve()));
  // What the server closes is not seen by a socket that nobody reads: the provider sees it.
  const unread = Array.from({ length: count }, () => {
    const options = { host: '127.0.0.1', port, path: '/v1/chat/completions', method: 'POST', agent: false };
    const asked = request({ ...options, headers: headersOf(body) }, (answer) => answer.on('error', () => undefined));
    asked.on('error', () => undefined).end(body);
    return asked;
  });
  await Promise.race([over, pause(60_000)]);
  for (const asked of unread) asked.destroy();
}

async function rest(agent) {
  agent.destroy();
  await pause(REST * 1_000);
}

function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024) / MEGABYTE;
}

async function readServer(pid, administration) {
  const answer = await fetch(`${administration}/metrics`);
  const heap = /^nodejs_heap_size_used_bytes (\S+)/m.exec(await answer.text())?.[1];
  if (heap === undefined) throw new Error('The administration does not tell the heap.');
  return {
    rss: memoryOf(pid),
    heap: Number(heap) / MEGABYTE,
    files: readdirSync(`/proc/${pid}/fd`).length,
  };
}

function print(when, { rss, heap, files }) {
  console.log(`${when}: memory ${rss.toFixed(1)} MiB, heap ${heap.toFixed(1)} MiB, ${files} open files`);
}

/** Milliseconds of half of them at most, and of all but a hundredth. */
function timesOf(times) {
  const sorted = times.toSorted((one, other) => one - other);
  const [median, p99] = [0.5, 0.99].map((share) => sorted[Math.floor(sorted.length * share)] ?? 0);
  return { median, text: `${median.toFixed(1)} ms, the slowest hundredth ${p99.toFixed(1)} ms` };
}

/** In MiB an hour, by least squares over the least of each tenth: what is above those was under way just then. */
function slopeOf(samples, name) {
  const size = Math.max(1, Math.ceil(samples.length / 10));
  const least = [];
  for (let at = 0; at < samples.length; at += size) {
    const some = samples.slice(at, at + size);
    least.push(some.reduce((one, other) => (other[name] < one[name] ? other : one)));
  }
  const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const [minute, value] = [mean(least.map((one) => one.minute)), mean(least.map((one) => one[name]))];
  const covariance = mean(least.map((one) => (one.minute - minute) * (one[name] - value)));
  const variance = mean(least.map((one) => (one.minute - minute) ** 2));
  return variance === 0 ? 0 : (covariance / variance) * 60;
}
