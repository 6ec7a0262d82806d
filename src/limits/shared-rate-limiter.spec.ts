import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { type Redis } from 'ioredis';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { admitted, ask, atOnce, perMinute, tokensPerMinute } from '../../test/support/limits.js';
import { pause } from '../../test/support/oracle.js';
import {
  canStartRedis,
  hasRedis,
  NEEDS_REDIS,
  redisClient,
  redisOptions,
  type RedisServer,
  startRedis,
} from '../../test/support/redis.js';
import { type RedisOptions } from '../redis.options.js';
import { RedisConnection } from '../redis/redis-connection.js';
import { LocalRateLimiter } from './local-rate-limiter.js';
import { type Limit } from './rate-limiter.js';
import { SharedRateLimiter } from './shared-rate-limiter.js';

interface Replica {
  readonly limiter: SharedRateLimiter;
  readonly connection: RedisConnection;
}

/** Gives Redis all the time that a busy machine takes: what is decided without it is another matter. */
class PatientConnection extends RedisConnection {
  override run<Result>(command: Parameters<typeof RedisConnection.prototype.run<Result>>[0]): Promise<Result> {
    return super.run(command, 10_000);
  }
}

async function replicaOn(redis: Required<RedisOptions>, Connection = RedisConnection): Promise<Replica> {
  const connection = new Connection({ redis });
  const limiter = new SharedRateLimiter(connection, new LocalRateLimiter());
  onTestFinished(async () => {
    await limiter.beforeApplicationShutdown();
    connection.onApplicationShutdown();
  });
  await limiter.onApplicationBootstrap();
  return { limiter, connection };
}

/** Two that know of each other. */
async function twoReplicas(redis: Required<RedisOptions>): Promise<[SharedRateLimiter, SharedRateLimiter, Replica[]]> {
  const first = await replicaOn(redis);
  const second = await replicaOn(redis);
  await first.limiter.replicas.beat();
  expect([first.limiter.replicas.count, second.limiter.replicas.count]).toEqual([2, 2]);
  return [first.limiter, second.limiter, [first, second]];
}

async function together(
  limiters: readonly SharedRateLimiter[],
  limits: readonly Limit[],
  count: number,
): Promise<number> {
  let left = count;
  let admittedCount = 0;
  const load = async (limiter: SharedRateLimiter): Promise<void> => {
    while (left-- > 0) if ((await ask(limiter, limits)).refusedBy < 0) admittedCount++;
  };
  await Promise.all(Array.from({ length: 10 }, () => limiters.map(load)).flat());
  return admittedCount;
}

/** Milliseconds between two calls of an overload: some 200 a second of each client. */
const PACE = 4;

const within = (windowMs: number, limit: number): Limit => ({
  key: `within-${windowMs}`,
  unit: 'requests',
  limit,
  windowMs,
});

/** The clock that counts, in milliseconds. */
async function timeOf(client: Redis): Promise<number> {
  const [seconds, microseconds] = await client.time();
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
}

describe.skipIf(!hasRedis)(`SharedRateLimiter (${NEEDS_REDIS})`, () => {
  it('admits exactly the limit over two replicas, whoever asks', async () => {
    const [first, second] = await twoReplicas(await redisOptions());
    expect(await together([first, second], [perMinute(100)], 1_000)).toBe(100);
    expect((await ask(first, [perMinute(100)])).refusedBy).toBe(0);
  });

  // R15, by the real clock: ten windows of a second.
  it('admits 0.95 to 1.05 of the limit over two replicas under constant overload', async () => {
    const [first, second] = await twoReplicas(await redisOptions());
    const limit = within(1_000, 50);
    const times: number[] = [];
    let isOver = false;
    onTestFinished(() => void (isOver = true));
    const load = async (limiter: SharedRateLimiter): Promise<void> => {
      while (!isOver) {
        const { sharedAt } = await ask(limiter, [limit]);
        if (sharedAt !== undefined) times.push(sharedAt);
        isOver ||= (times.at(-1) ?? 0) - (times[0] ?? 0) >= 10 * limit.windowMs;
        await pause(PACE);
      }
    };
    await Promise.all([load(first), load(second)]);
    times.sort((a, b) => a - b);
    for (const [at, time] of times.entries()) {
      const after = times[at + 50];
      if (after !== undefined) expect(after - time).toBeGreaterThanOrEqual(1_000);
    }
    // The last window may have just begun.
    const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000;
    expect(times.length).toBeLessThanOrEqual((Math.floor(seconds) + 1) * 50 * 1.05);
    expect(times.length).toBeGreaterThanOrEqual(Math.floor(seconds) * 50 * 0.95);
  });

  it('decides as one process does, whatever comes', async () => {
    const redis = await redisOptions();
    const { limiter } = await replicaOn(redis, PatientConnection);
    const tokens = fc.integer({ min: 0, max: 40 });
    const step = fc.oneof(
      fc.record({ check: tokens }),
      fc.record({ settle: fc.nat(), tokens: fc.integer({ min: 0, max: 60 }) }),
      fc.record({ takeBack: fc.nat() }),
      fc.record({ leave: fc.nat() }),
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const name = `run-${run++}`;
        const limits = [perMinute(6, `${name}-r`), tokensPerMinute(100, `${name}-t`), atOnce(3, `${name}-c`)];
        const local = new LocalRateLimiter(() => 0);
        const open: (readonly [Awaited<ReturnType<typeof ask>>, Awaited<ReturnType<typeof ask>>])[] = [];
        for (const one of steps) {
          if ('check' in one) {
            const theirs = await ask(limiter, limits, one.check);
            const ours = local.check(limits, one.check, theirs.id);
            expect(theirs.refusedBy < 0).toBe(ours.refusedBy < 0);
            expect(theirs.states.map(({ remaining }) => remaining)).toEqual(
              ours.states.map(({ remaining }) => remaining),
            );
            if (ours.refusedBy < 0) open.push([theirs, ours]);
            continue;
          }
          const at = ('settle' in one ? one.settle : 'takeBack' in one ? one.takeBack : one.leave) % (open.length || 1);
          const [pair] = open.splice(at, 1);
          if (pair === undefined) continue;
          for (const [index, by] of [limiter, local].entries()) {
            const decision = pair[index === 0 ? 0 : 1];
            if ('takeBack' in one) by.takeBack(limits, decision);
            else by.leave(limits, decision);
            if ('settle' in one) by.settle(limits, decision, one.tokens);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('knows how long the refused must wait', async () => {
    const redis = await redisOptions();
    const { limiter } = await replicaOn(redis);
    const client = redisClient(redis);
    const limits = [within(1_500, 2), tokensPerMinute(10)];
    await ask(limiter, limits, 1);
    await ask(limiter, limits, 1);
    const refused = await ask(limiter, limits, 1);
    const refusedBefore = await timeOf(client);
    expect(refused.refusedBy).toBe(0);
    expect(refused.retryAfterMs).toBeGreaterThan(1_000);
    expect(refused.retryAfterMs).toBeLessThanOrEqual(1_500);
    expect(await ask(limiter, limits, 11)).toMatchObject({ refusedBy: 1, retryAfterMs: Number.POSITIVE_INFINITY });
    await expect
      .poll(() => timeOf(client), { interval: 5 })
      .toBeGreaterThanOrEqual(refusedBefore + refused.retryAfterMs);
    expect((await ask(limiter, limits, 1)).refusedBy).toBe(-1);
  });

  it('leaves nothing behind in Redis for longer than it counts', async () => {
    const redis = await redisOptions();
    const { limiter } = await replicaOn(redis);
    await ask(limiter, [within(1_000, 5), atOnce(5)]);
    const client = redisClient(redis);
    expect(await client.pttl(`${redis.prefix}:limit:within-1000`)).toBeGreaterThan(900);
    expect(await client.pttl(`${redis.prefix}:limit:within-1000`)).toBeLessThanOrEqual(1_032);
    expect(await client.pttl(`${redis.prefix}:limit:c`)).toBeLessThanOrEqual(30_000);
  });

  it('counts no calls under way of a replica that has crashed, once their time is over', async () => {
    const redis = await redisOptions();
    const [first, second] = await twoReplicas(redis);
    const limits = [atOnce(2)];
    const lost = await ask(first, limits);
    await ask(first, limits);
    expect((await ask(second, limits)).refusedBy).toBe(0);
    // As if the time of one were over, and nobody said that it goes on.
    const client = redisClient(redis);
    await client.zadd(`${redis.prefix}:limit:c`, 1, lost.id);
    expect((await ask(second, limits)).refusedBy).toBe(-1);
    expect((await ask(second, limits)).refusedBy).toBe(0);
  });

  it('says again that calls are under way, also to a Redis that has forgotten them', async () => {
    const redis = await redisOptions();
    const { limiter } = await replicaOn(redis);
    const limits = [atOnce(1)];
    const call = await ask(limiter, limits);
    const client = redisClient(redis);
    await client.del(`${redis.prefix}:limit:c`);
    await limiter.replicas.beat();
    expect((await ask(limiter, limits)).refusedBy).toBe(0);
    limiter.leave(limits, call);
    await limiter.replicas.beat();
    expect((await ask(limiter, limits)).refusedBy).toBe(-1);
  });
});

describe.skipIf(!canStartRedis)('SharedRateLimiter, its Redis failing (needs redis-server in the PATH)', () => {
  const fail = async (server: RedisServer, fault: string): Promise<void> => {
    if (fault === 'hangs') server.hang();
    else await server.kill();
  };

  it.each(['hangs', 'is killed'])('admits no more than the limit within a window in which it %s', async (fault) => {
    const server = await startRedis();
    const [first, second] = await twoReplicas({ url: server.url, prefix: 'test' });
    const limits = [perMinute(100)];
    expect(await together([first, second], limits, 60)).toBe(60);
    await fail(server, fault);
    // Balanced, as before.
    const after = (await admitted(first, limits, 100)) + (await admitted(second, limits, 100));
    expect(60 + after).toBeGreaterThanOrEqual(95);
    expect(60 + after).toBeLessThanOrEqual(110);
  });

  it.each(['hangs', 'is killed'])('lets each replica have its share while it %s', async (fault) => {
    const server = await startRedis();
    const [first, second] = await twoReplicas({ url: server.url, prefix: 'test' });
    await fail(server, fault);
    const limits = [perMinute(100), atOnce(1_000)];
    expect([await admitted(first, limits, 100), await admitted(second, limits, 100)]).toEqual([50, 50]);
  });

  it('tells Redis what it has admitted without it', async () => {
    const server = await startRedis();
    const [first, second, replicas] = await twoReplicas({ url: server.url, prefix: 'test' });
    const limits = [perMinute(100), tokensPerMinute(1_000_000)];
    server.hang();
    await Promise.all([admitted(first, limits, 100), admitted(second, limits, 100)]);
    expect(replicas.map(({ connection }) => connection.isAway)).toEqual([true, true]);
    server.resume();
    // The ten seconds are over at once.
    const time = vi.spyOn(performance, 'now');
    onTestFinished(() => time.mockRestore());
    const later = performance.now() + 11_000;
    time.mockImplementation(() => later);
    await vi.waitFor(async () => {
      for (const { limiter, connection } of replicas) {
        await limiter.replicas.beat();
        expect(connection.isAway).toBe(false);
      }
    });
    expect((await ask(first, limits)).refusedBy).toBe(-1);
    expect(await together([first, second], limits, 200)).toBeLessThanOrEqual(50);
    expect((await ask(first, limits)).refusedBy).toBe(0);
    expect(await together([first, second], limits, 10)).toBe(0);
  });

  it('admits what fails by itself, and says why once', async () => {
    const redis = await redisOptions();
    const { limiter } = await replicaOn(redis);
    const client = redisClient(redis);
    await client.set(`${redis.prefix}:limit:k`, 'of the wrong type');
    const log = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    onTestFinished(() => log.mockRestore());
    expect(await admitted(limiter, [perMinute(5)], 10)).toBe(5);
    expect(log).toHaveBeenCalledOnce();
  });
});
