import { type DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { Agent, request } from 'undici';
import { type GatewayModuleExtras, type GatewayModuleOptions } from '../../src/gateway.module-definition.js';
import { PersistenceModule } from '../../src/persistence/persistence.module.js';
import {
  type Behaviour,
  chatAnswer,
  chatStream,
  FakeUpstream,
  forever,
  hang,
  openAiError,
  reset,
  role,
  status,
  stream,
  text,
} from '../support/fake-upstream.js';
import { startGateway, TEST_KEY } from '../support/gateway.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

/** Pico-USD for a token: dollars for a million of them. */
const INPUT = 3_000_000n;
const OUTPUT = 11_000_000n;

const REQUESTS = 10_000;
const AT_ONCE = 32;

let database: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  database = await testDatabase();
  dataSource = await database.open();
});

afterAll(() => database.drop());

/** What a client does and a provider with it; the provider reads it in the request. */
type Kind = 'answer' | 'stream' | 'once500' | 'onceReset' | 'refused' | 'truncated' | 'hang' | 'leaves' | 'cached';

const KINDS: readonly Kind[] = [
  ...Array<Kind>(8).fill('answer'),
  ...Array<Kind>(5).fill('stream'),
  ...Array<Kind>(3).fill('cached'),
  'once500',
  'onceReset',
  'refused',
  'truncated',
  'hang',
  'leaves',
];

interface Asked {
  readonly kind: Kind;
  readonly tag: number;
  readonly input: number;
  readonly output: number;
}

/** xorshift: the same on every run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function askedBy(json: Record<string, unknown>): Asked {
  const [message] = json['messages'] as { content: string }[];
  return JSON.parse(message?.content ?? '{}') as Asked;
}

/**
 * The provider does as the request says, and fails the first time only where it says `once`.
 * @param leave makes the client of a request leave.
 */
function provider(failed: Set<number>, leave: (tag: number) => void): Behaviour {
  return (seen) => {
    const { kind, tag, input, output } = askedBy(seen.json);
    const isFirst = !failed.has(tag);
    failed.add(tag);
    if (kind === 'once500' && isFirst) return status(500)(seen);
    if (kind === 'onceReset' && isFirst) return reset(seen);
    if (kind === 'refused') return openAiError(400, 'no')(seen);
    if (kind === 'truncated') return stream(role, text('x'.repeat(output)), (one) => one.reset())(seen);
    if (kind === 'leaves') return stream(role, text('x'.repeat(output)), forever)(seen);
    if (kind === 'hang') {
      leave(tag);
      return hang(seen);
    }
    if (kind === 'stream') return chatStream(['a', 'b'], { input, output })(seen);
    return chatAnswer('Hi', { input, output })(seen);
  };
}

it(
  'is equal to the oracle after 10,000 calls that fail, break, leave, are tried again and come from the cache',
  {
    timeout: 240_000,
  },
  async () => {
    const failed = new Set<number>();
    const upstreams = [await FakeUpstream.start(), await FakeUpstream.start()];
    onTestFinished(async () => {
      for (const upstream of upstreams) await upstream.close();
    });
    const leavings = new Map<number, AbortController>();
    for (const upstream of upstreams) upstream.always(provider(failed, (tag) => leavings.get(tag)?.abort()));
    const options: GatewayModuleOptions & GatewayModuleExtras = {
      providers: upstreams.map(({ baseUrl }, index) => ({
        name: `provider-${index}`,
        kind: 'openai-compatible' as const,
        baseUrl,
        apiKey: 'k',
        models: ['model'],
        maxConcurrency: 1_000,
      })),
      prices: [{ model: 'model', input: '3', output: '11' }],
      cache: { ttl: 600_000 },
      keys: [0, 1, 2].map((index) => ({
        name: `key-${index}`,
        secret: `${TEST_KEY}-${index}`,
        team: index === 2 ? 'b' : 'a',
        budgets: [{ name: 'daily', usd: 100, per: 'day' as const }],
      })),
      budgets: [
        { name: 'teams', for: 'team', usd: 1_000, per: 'month' },
        { name: 'users', for: 'end_user', usd: 1_000, per: 'week', timeZone: 'America/New_York' },
        { name: 'house', for: 'everyone', usd: 1_000, per: 'total', hard: false, alerts: [1, 2] },
        // Runs out on the way.
        { name: 'tight', for: 'key', subject: 'key-0', usd: '0.4', per: 'total' },
      ],
      storage: PersistenceModule.forRoot({ url: database.url }),
    };
    const gateway = await startGateway(options);
    // The shortest pauses between tries.
    const random = vi.spyOn(Math, 'random').mockReturnValue(0);
    const agent = new Agent({ connections: AT_ONCE * 2 });
    onTestFinished(async () => {
      random.mockRestore();
      await agent.close();
      await gateway.close();
    });

    const pick = randomNumbers(20_261_127);
    /** What calls cost that were answered whole, by their request id. */
    const answered = new Map<string, bigint>();
    const counts: Record<string, number> = {};
    let asked = 0;

    const ask = async (): Promise<void> => {
      const tag = asked++;
      const kind = KINDS[pick(KINDS.length)] ?? 'answer';
      const [input, output] = [1 + pick(50), 1 + pick(400)];
      const one: Asked =
        kind === 'cached' ? { kind, tag: pick(20), input: 10, output: 10 } : { kind, tag, input, output };
      const isStream = kind === 'stream' || kind === 'truncated' || kind === 'leaves';
      const leaving = new AbortController();
      const answer = request(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        dispatcher: agent,
        signal: leaving.signal,
        headers: {
          authorization: `Bearer ${TEST_KEY}-${pick(3)}`,
          'content-type': 'application/json',
          ...(kind === 'cached' ? {} : { 'cache-control': 'no-store, no-cache' }),
        },
        body: JSON.stringify({
          model: 'model',
          max_tokens: 400,
          stream: isStream,
          user: `user-${pick(3)}`,
          messages: [{ role: 'user', content: JSON.stringify(one) }],
        }),
      });
      if (kind === 'hang') {
        // When the provider has it, most of the time.
        if (pick(4) > 0) leavings.set(tag, leaving);
        else setImmediate(() => leaving.abort());
      }
      try {
        const { statusCode, headers, body } = await answer;
        counts[String(statusCode)] = (counts[String(statusCode)] ?? 0) + 1;
        if (kind === 'leaves' && statusCode === 200) {
          for await (const _ of body) break;
          leaving.abort();
          return;
        }
        const whole = await body.text();
        if (statusCode !== 200 || (isStream && !whole.includes('[DONE]'))) return;
        const isHit = headers['x-nestgate-cache'] === 'hit';
        if (isHit) counts['hit'] = (counts['hit'] ?? 0) + 1;
        const cost = BigInt(one.input) * INPUT + BigInt(one.output) * OUTPUT;
        answered.set(String(headers['x-request-id']), isHit ? 0n : cost);
      } catch {
        counts['broken'] = (counts['broken'] ?? 0) + 1;
      }
    };
    const lane = async (): Promise<void> => {
      while (asked < REQUESTS) await ask();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));

    const open = async (): Promise<unknown> =>
      (await dataSource.query<unknown[]>(`SELECT FROM nestgate.budget_reservation WHERE state = 'open'`)).length;
    await expect
      .poll(async () => {
        await gateway.records();
        return open();
      })
      .toBe(0);

    // Each kind of end has come about.
    expect(counts['hit']).toBeGreaterThan(100);
    expect(counts['429']).toBeGreaterThan(100);
    expect(counts['400']).toBeGreaterThan(100);
    expect(counts['broken']).toBeGreaterThan(100);

    const records = await dataSource.query<
      Record<
        'request_id' | 'key_name' | 'end_user' | 'team' | 'status' | 'grade' | 'cost' | 'input' | 'output',
        string
      >[]
    >(
      `SELECT request_id, key_name, end_user, team, status, grade, cost, input_uncached AS input, output
       FROM nestgate.usage_record`,
    );
    const spent = new Map<string, bigint>();
    const spend = (account: string, cost: bigint): void => void spent.set(account, (spent.get(account) ?? 0n) + cost);
    let known = 0;
    for (const record of records) {
      const byOracle = answered.get(record.request_id);
      const cost = byOracle ?? BigInt(record.input) * INPUT + BigInt(record.output) * OUTPUT;
      // Only what broke off is estimated, and what came whole is what the provider has counted.
      if (byOracle === undefined) expect(record.status).not.toBe('completed');
      else known++;
      expect({ ...record, cost: BigInt(record.cost) }).toEqual({ ...record, cost });
      spend('house *', cost);
      spend(`teams ${record.team}`, cost);
      spend(`users ${record.team}/${record.end_user}`, cost);
      spend(`key/daily ${record.key_name}`, cost);
      if (record.key_name === 'key-0') spend('tight key-0', cost);
    }
    expect(known).toBe(answered.size);
    const accounts = await dataSource.query<Record<'budget' | 'subject' | 'spent' | 'reserved', string>[]>(
      'SELECT budget, subject, sum(spent) AS spent, sum(reserved) AS reserved FROM nestgate.budget_account GROUP BY 1, 2',
    );
    expect(new Map(accounts.map((row) => [`${row.budget} ${row.subject}`, BigInt(row.spent)]))).toEqual(spent);
    expect(accounts.every(({ reserved }) => reserved === '0')).toBe(true);
    // A hard ceiling, also while it was running out.
    expect(spent.get('tight key-0')).toBeLessThanOrEqual(400_000_000_000n);
  },
);
