import { expect, onTestFinished } from 'vitest';
import { ChatClient, type ClientOptions, dataOf } from './chat-client.js';
import {
  type Behaviour,
  chatAnswer,
  DONE,
  type FakeUpstream,
  finish,
  role,
  type SeenRequest,
  stream,
  text,
  usage,
} from './fake-upstream.js';
import { runSql } from './postgres-url.js';

/** The price of every call of an oracle. */
export const ORACLE_PRICES = [{ model: 'model', input: '3', output: '11' }];
/** Pico-USD for a token, by that price. */
const [INPUT, OUTPUT] = [3_000_000n, 11_000_000n];

/** One record of the ledger. */
export interface LedgerRow {
  /** Which request it is: its `user`. */
  readonly tag: string;
  readonly status: string;
  readonly grade: string;
  readonly errorCode: string | null;
  readonly cost: bigint | null;
  readonly output: number;
}

/** What became of a request, as its client saw it. */
export interface Outcome {
  readonly tag: string;
  /** 0 where no answer came. */
  readonly status: number;
  /** The answer came whole, and without an error in it. */
  readonly isWhole: boolean;
  /** It is what a client can read to its end, be it an error. */
  readonly isWellFormed: boolean;
  readonly code: string | undefined;
}

/**
 * Asks requests that each have a name of their own, sees at the provider which of them were sent, and compares that with
 * the ledger: each request that was sent is there exactly once, at its cost.
 */
export class Oracle {
  readonly outcomes: Outcome[] = [];
  private asked = 0;

  constructor(
    private readonly upstream: FakeUpstream,
    private readonly databaseUrl: string,
  ) {
    upstream.always(answerSlowly);
  }

  /** Those that the provider has got. */
  get sent(): string[] {
    return this.upstream.requests.map(tagOf);
  }

  private get wholeCount(): number {
    return this.outcomes.filter(({ isWhole }) => isWhole).length;
  }

  /** Asks one, every second one for a stream. */
  async ask(port: number, options: ClientOptions = {}): Promise<Outcome> {
    const number = this.asked++;
    const tag = `request-${number}`;
    const body = {
      model: 'model',
      stream: number % 2 === 1,
      user: tag,
      messages: [{ role: 'user', content: 'Hi' }],
    };
    const client = new ChatClient({ port }, body, options);
    await client.waitFor(({ isOver }) => isOver);
    const { status, isWhole, text: answer, json } = client;
    const { code } = (json['error'] ?? {}) as { code?: string };
    const isStream = body.stream && status === 200;
    const outcome = {
      tag,
      status,
      isWhole: status === 200 && isWhole && (!isStream || answer.endsWith(DONE)),
      isWellFormed: isWhole && (isStream ? isWellFormedStream(answer) : isWellFormedAnswer(status, json)),
      code,
    };
    this.outcomes.push(outcome);
    return outcome;
  }

  /** Asks so many, so many at a time. */
  async askMany(count: number, lanes: number, port: number): Promise<void> {
    let left = count;
    const lane = async (): Promise<void> => {
      while (left-- > 0) await this.ask(port);
    };
    await Promise.all(Array.from({ length: lanes }, lane));
  }

  /** Waits until so many more are answered whole. */
  async answered(count: number): Promise<void> {
    const enough = this.wholeCount + count;
    await expect.poll(() => this.wholeCount, { timeout: 30_000, interval: 5 }).toBeGreaterThanOrEqual(enough);
  }

  /** Keeps so many requests under way, to the end of the test at the latest. @returns the way to stop, which waits for them. */
  load(lanes: number, port: () => number): () => Promise<void> {
    let isOver = false;
    const lane = async (): Promise<void> => {
      while (!isOver) {
        const { status } = await this.ask(port());
        // Nobody listens for a moment.
        await pause(status === 0 || status >= 500 ? 50 : 5);
      }
    };
    const running = Array.from({ length: lanes }, lane);
    const stop = async (): Promise<void> => {
      isOver = true;
      await Promise.all(running);
    };
    // Also where the test fails: the next one has a gateway of its own.
    onTestFinished(stop);
    return stop;
  }

  /**
   * Asks so many a second, whether or not those before are answered, to the end of the test at the latest.
   * @param port `undefined` while there is nobody to ask. @returns the way to stop, which waits for them.
   */
  loadAt(perSecond: number, port: () => number | undefined): () => Promise<void> {
    const asked: Promise<unknown>[] = [];
    let due = 0;
    let tickedAt = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      // What a late loop of this process has missed comes at once, and no more than that.
      due = Math.min(due + ((now - tickedAt) / 1_000) * perSecond, perSecond / 4);
      tickedAt = now;
      const at = port();
      if (at === undefined) due = 0;
      else for (; due >= 1; due--) asked.push(this.ask(at));
    }, 5);
    const stop = async (): Promise<void> => {
      clearInterval(timer);
      await Promise.all(asked);
    };
    onTestFinished(stop);
    return stop;
  }

  async ledger(): Promise<LedgerRow[]> {
    const rows = await runSql(
      this.databaseUrl,
      `SELECT end_user AS tag, status, grade, error_code AS "errorCode", cost::text, output::int
         FROM nestgate.usage_record ORDER BY started_at`,
    );
    return rows.map(
      ({ cost, ...row }) => ({ ...row, cost: typeof cost === 'string' ? BigInt(cost) : null }) as LedgerRow,
    );
  }

  /** Waits until the ledger has all that was sent, and sees that it is right. @returns its rows. */
  async expectExactLedger(timeout = 60_000): Promise<LedgerRow[]> {
    const lost = async (): Promise<string[]> => {
      const known = new Set((await this.ledger()).map(({ tag }) => tag));
      return this.sent.filter((tag) => !known.has(tag));
    };
    await expect.poll(lost, { timeout, interval: 250 }).toEqual([]);
    const rows = await this.ledger();
    const tags = rows.map(({ tag }) => tag);
    expect(tags.length, 'duplicates').toBe(new Set(tags).size);
    const sent = this.sent;
    expect(sent.length, 'requests sent twice').toBe(new Set(sent).size);
    const wasSent = new Set(sent);
    const whole = new Set(this.outcomes.filter(({ isWhole }) => isWhole).map(({ tag }) => tag));
    const exact = costOf(FULL_USAGE);
    for (const row of rows) {
      // One that costs nothing has been sent to nobody, or was cut off just before.
      if (!wasSent.has(row.tag) && row.cost !== 0n)
        expect(row).toMatchObject({ status: 'aborted', grade: 'estimated' });
      if (whole.has(row.tag)) expect(row).toMatchObject({ status: 'completed', grade: 'exact', cost: exact });
    }
    // Every answer that came whole is there.
    expect([...whole].filter((tag) => !tags.includes(tag))).toEqual([]);
    return rows;
  }
}

/** What OpenAI's clients can read: an answer, or the envelope of an error. */
function isWellFormedAnswer(status: number, json: Record<string, unknown>): boolean {
  if (status === 200) return json['object'] === 'chat.completion';
  const error = json['error'] as Record<string, unknown> | undefined;
  return ['message', 'type', 'param', 'code'].every((name) => error?.[name] !== undefined);
}

/** A stream ends in `[DONE]`, or in the one error that it holds. */
function isWellFormedStream(answer: string): boolean {
  const areErrors = dataOf(answer).map((data) => (data as Record<string, unknown>)['error'] !== undefined);
  if (!areErrors.includes(true)) return answer.endsWith(DONE);
  return areErrors.indexOf(true) === areErrors.length - 1 && /\ndata: \{.*\}\n\n$/.test(answer);
}

const FULL_USAGE = { input: 7, output: 5 };

function costOf({ input, output }: typeof FULL_USAGE): bigint {
  return BigInt(input) * INPUT + BigInt(output) * OUTPUT;
}

function tagOf(seen: SeenRequest): string {
  return String(seen.json['user']);
}

/** Takes its time, so that there is something under way at any moment. */
export const answerSlowly: Behaviour = async (seen) => {
  await pause(20);
  if (seen.json['stream'] !== true) return chatAnswer('Hello', FULL_USAGE)(seen);
  const rest: Behaviour = () => pause(20);
  return stream(role, text('Hel'), rest, text('lo'), rest, text('!'), rest, finish, usage(FULL_USAGE), DONE)(seen);
};

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
