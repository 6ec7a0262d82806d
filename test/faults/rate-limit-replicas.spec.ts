import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { chat, CHAT_REQUEST } from '../support/chat-client.js';
import { FakeUpstream } from '../support/fake-upstream.js';
import { TEST_KEY } from '../support/gateway.js';
import { gatewayProcesses } from '../support/gateway-processes.js';
import { canStartRedis, redisClient, type RedisServer, startRedis } from '../support/redis.js';

const FREE_KEY = 'sk-free-0123456789abcdef';
const LIMIT = 40;
/** Calls are timed at leisure only: how long they take is the machine's business too. */
const IS_FULL = process.env['FAULTS'] === 'full';
const TIMED = 200;

const startGateway = gatewayProcesses();

interface Target {
  readonly port: number;
}

/** Two gateways, each a process of its own, on one Redis. */
async function twoGateways(redis: RedisServer): Promise<{ gateways: [Target, Target]; upstream: FakeUpstream }> {
  const upstream = await FakeUpstream.start();
  onTestFinished(() => upstream.close());
  const options = {
    redis: { url: redis.url },
    keys: [
      { name: 'test', secret: TEST_KEY, rateLimits: { requestsPerMinute: LIMIT } },
      { name: 'free', secret: FREE_KEY, rateLimits: { requestsPerMinute: 1_000_000, concurrentRequests: 10_000 } },
    ],
    providers: [{ name: 'first', kind: 'openai-compatible', baseUrl: upstream.baseUrl, models: [{ name: 'model' }] }],
  };
  // R17: their own clocks are two days apart.
  const gateways = await Promise.all([
    startGateway(options, { clock: { aheadHours: 24 } }),
    startGateway(options, { clock: { aheadHours: -24 } }),
  ]);
  return { gateways, upstream };
}

/** Until each has said that it is there since both are: then both have heard of the other. */
async function knowEachOther(redis: RedisServer): Promise<void> {
  const client = redisClient(redis);
  const seen = new Map<string, Set<string>>();
  await vi.waitFor(
    async () => {
      const [first = '', firstTime = '', second = '', secondTime = ''] = await client.zrange(
        'nestgate:replicas',
        0,
        -1,
        'WITHSCORES',
      );
      expect(second).not.toBe('');
      for (const [id, time] of [
        [first, firstTime],
        [second, secondTime],
      ] as const) {
        seen.set(id, (seen.get(id) ?? new Set()).add(time));
      }
      expect([...seen.values()].every(({ size }) => size > 1)).toBe(true);
    },
    { timeout: 20_000, interval: 100 },
  );
}

/** How many calls ended with each status, of so many to both in turn, some of them at once. */
async function load(gateways: readonly Target[], count: number, key = TEST_KEY): Promise<Record<number, number>> {
  const statuses: Record<number, number> = {};
  let sent = 0;
  const client = async (): Promise<void> => {
    while (sent < count) {
      const target = gateways[sent++ % gateways.length];
      if (target === undefined) throw new Error('There are no gateways.');
      const { status } = await chat(target, CHAT_REQUEST, { headers: { authorization: `Bearer ${key}` } });
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 16 }, client));
  return statuses;
}

/** What the slowest hundredth of calls took at least, one after the other, in milliseconds. */
async function slowest(gateways: readonly Target[]): Promise<number> {
  const times: number[] = [];
  while (times.length < TIMED) {
    const start = performance.now();
    await load(gateways, 1, FREE_KEY);
    times.push(performance.now() - start);
  }
  return times.toSorted((one, other) => one - other)[TIMED * 0.99] ?? 0;
}

// R15 and R7.
describe.skipIf(!canStartRedis)('two gateways on one Redis (needs redis-server in the PATH)', () => {
  it('admit 0.95 to 1.05 of the limit together, of ten times as many', { timeout: 60_000 }, async () => {
    const redis = await startRedis();
    const { gateways, upstream } = await twoGateways(redis);
    const { 200: admitted = 0, 429: refused = 0 } = await load(gateways, 10 * LIMIT);
    expect(admitted).toBeGreaterThanOrEqual(0.95 * LIMIT);
    expect(admitted).toBeLessThanOrEqual(1.05 * LIMIT);
    expect([admitted + refused, upstream.dispatches]).toEqual([10 * LIMIT, admitted]);
  });

  it.each(['hangs', 'is killed'])(
    'admit no more than 1.1 of it while Redis %s, and fail nobody because of that',
    { timeout: 90_000 },
    async (fault) => {
      const redis = await startRedis();
      const { gateways, upstream } = await twoGateways(redis);
      await knowEachOther(redis);
      const before = await load(gateways, 0.4 * LIMIT);
      expect(before).toEqual({ 200: 0.4 * LIMIT });
      const asBefore = IS_FULL ? await slowest(gateways) : undefined;
      if (fault === 'hangs') redis.hang();
      else await redis.kill();

      expect(await load(gateways, 200, FREE_KEY)).toEqual({ 200: 200 });
      const { 200: after = 0, 429: refused = 0 } = await load(gateways, 10 * LIMIT);
      const admitted = 0.4 * LIMIT + after;
      expect(admitted).toBeGreaterThanOrEqual(0.9 * LIMIT);
      expect(admitted).toBeLessThanOrEqual(1.1 * LIMIT);
      const others = 200 + (IS_FULL ? TIMED : 0);
      expect([after + refused, upstream.dispatches]).toEqual([10 * LIMIT, admitted + others]);
      // By now nobody asks it any more.
      if (asBefore !== undefined) expect((await slowest(gateways)) / asBefore).toBeLessThan(3);
    },
  );
});
