import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';

/** What is to be asked, a line of JSON on standard input each; what became of it is a line on standard output. */
export interface LoadOrder {
  readonly port: number;
  /** Asked in turn. */
  readonly keys: readonly string[];
  readonly count: number;
  /** Requests a second, whether or not those before are answered; left out, `lanes` of them at a time. */
  readonly rate?: number;
  /** Milliseconds in which the rate rises to that, from a third of it. */
  readonly ramp?: number;
  readonly lanes?: number;
}

export interface LoadResult {
  /** Answers by key and status; 0 where none came. */
  readonly statuses: Record<string, Record<number, number>>;
  /** Answers of 503 that did not say when to come again, or not that. */
  readonly badRefusals: number;
  /** Milliseconds from the first request to the last answer. */
  readonly elapsedMs: number;
  /** Milliseconds that answers took, by status: the slowest hundredth took at least so long. Of those after the ramp. */
  readonly p99: Record<number, number>;
}

/** As a load balancer has them: what is open already is not taken one by one. */
const agent = new Agent({ keepAlive: true, maxSockets: 200 });
const BODY = JSON.stringify({ model: 'model', messages: [{ role: 'user', content: 'Hi' }] });

createInterface(process.stdin).on('line', (line) => {
  void run(JSON.parse(line) as LoadOrder).then((result) => console.log(JSON.stringify(result)));
});
console.log('ready');

async function run({ port, keys, count, rate, ramp = 0, lanes = 1 }: LoadOrder): Promise<LoadResult> {
  const statuses: Record<string, Record<number, number>> = {};
  const times: Record<number, number[]> = {};
  let badRefusals = 0;
  let sent = 0;
  const began = performance.now();
  const ask = async (): Promise<void> => {
    const key = keys[sent++ % keys.length] ?? '';
    const start = performance.now();
    const { status, isTold } = await answerTo(port, key);
    const ofKey = (statuses[key] ??= {});
    ofKey[status] = (ofKey[status] ?? 0) + 1;
    if (start >= began + ramp) (times[status] ??= []).push(performance.now() - start);
    if (status === 503 && !isTold) badRefusals++;
  };
  if (rate === undefined) {
    const lane = async (): Promise<void> => {
      while (sent < count) await ask();
    };
    await Promise.all(Array.from({ length: lanes }, lane));
  } else {
    const asked: Promise<void>[] = [];
    while (sent < count) {
      const passed = performance.now() - began;
      const due = (passed < ramp ? passed / 3 + passed ** 2 / (3 * ramp) : passed - ramp / 3) * (rate / 1_000);
      while (sent < Math.min(count, due)) asked.push(ask());
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await Promise.all(asked);
  }
  const p99 = Object.fromEntries(Object.entries(times).map(([status, all]) => [status, slowestHundredth(all)]));
  return { statuses, badRefusals, elapsedMs: performance.now() - began, p99 };
}

function answerTo(port: number, key: string): Promise<{ status: number; isTold: boolean }> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'content-length': BODY.length };
  const path = '/v1/chat/completions';
  return new Promise((resolve) => {
    const fail = (): void => resolve({ status: 0, isTold: false });
    const asked = request({ host: '127.0.0.1', port, path, method: 'POST', agent, headers }, (answer) => {
      const isTold =
        Number(answer.headers['retry-after']) >= 1 &&
        answer.headers.connection !== 'close' &&
        answer.headers['x-should-retry'] === 'true';
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, isTold }));
      answer.on('error', fail).resume();
    });
    asked.on('error', fail);
    asked.end(BODY);
  });
}

function slowestHundredth(times: number[]): number {
  return times.sort((one, other) => one - other)[Math.floor(times.length * 0.99)] ?? 0;
}
