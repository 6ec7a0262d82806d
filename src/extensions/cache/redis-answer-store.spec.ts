import { describe, expect, it, onTestFinished } from 'vitest';
import {
  canStartRedis,
  hasRedis,
  NEEDS_REDIS,
  redisClient,
  redisOptions,
  startRedis,
} from '../../../test/support/redis.js';
import { tenantOf } from '../../auth/tenant.js';
import { type RedisOptions } from '../../redis.options.js';
import { RedisConnection } from '../../redis/redis-connection.js';
import { RedisUnavailable } from '../../redis/redis-unavailable.js';
import { type AnswerLookup, type AnswerPlace, type CachedAnswer } from './answer-store.js';
import { RedisAnswerStore } from './redis-answer-store.js';

const ANSWER: CachedAnswer = { contentType: 'audio/x', bytes: Buffer.from([0, 10, 13, 255]), warnings: ['a "b"'] };

const place = (key: string, keyName = 'one', model = 'm'): AnswerPlace => ({
  key,
  tenant: tenantOf({ keyId: null, keyName }),
  model,
});
const PLACES = [place('a'), place('b', 'two'), place('c', 'one', 'n'), place('d', 'two', 'n')];

function storeOn(redis: Required<RedisOptions>): RedisAnswerStore {
  const connection = new RedisConnection({ redis });
  onTestFinished(() => connection.onApplicationShutdown());
  return new RedisAnswerStore(connection);
}

/** Asks until Redis has been quick enough, which on a busy machine it is not always. */
async function look(store: RedisAnswerStore, one: AnswerPlace): Promise<AnswerLookup & { readonly epoch: string }> {
  for (;;) {
    const { found, epoch } = await store.find(one);
    if (epoch !== undefined) return { found, epoch };
  }
}

async function fill(store: RedisAnswerStore, ...places: AnswerPlace[]): Promise<void> {
  for (const one of places) {
    await expect
      .poll(async () => {
        await store.keep(one, (await look(store, one)).epoch, ANSWER, 60_000);
        return (await look(store, one)).found !== undefined;
      })
      .toBe(true);
  }
}

async function kept(store: RedisAnswerStore): Promise<string> {
  const found = await Promise.all(
    PLACES.map(async (one) => ((await look(store, one)).found === undefined ? '' : one.key)),
  );
  return found.join('');
}

describe.skipIf(!hasRedis)(`RedisAnswerStore (${NEEDS_REDIS})`, () => {
  it('gives back what was kept, to every replica, until its time is over', async () => {
    const redis = await redisOptions();
    const [one, other] = [storeOn(redis), storeOn(redis)];
    const a = place('a');
    expect((await look(one, a)).found).toBeUndefined();
    await fill(one, a);
    expect((await look(other, a)).found).toMatchObject({ answer: ANSWER });
    await redisClient(redis).pexpire(`${redis.prefix}:cache:a`, 50_000);
    const { found } = await look(other, a);
    expect(found?.age).toBeGreaterThanOrEqual(10);
    await redisClient(redis).pexpire(`${redis.prefix}:cache:a`, 1);
    await expect.poll(async () => (await look(other, a)).found).toBeUndefined();
  });

  it('clears on every replica all, those of a tenant, of a model, or of both', async () => {
    const redis = await redisOptions();
    const [one, other] = [storeOn(redis), storeOn(redis)];
    const { tenant } = place('', 'two');
    for (const [scope, left] of [
      [{}, ''],
      [{ tenant }, 'ac'],
      [{ model: 'n' }, 'ab'],
      [{ tenant, model: 'n' }, 'abc'],
    ] as const) {
      await fill(one, ...PLACES);
      await expect
        .poll(() =>
          other.clear(scope).then(
            () => true,
            () => false,
          ),
        )
        .toBe(true);
      expect(await kept(one)).toBe(left);
    }
  });

  it('does not give the answer to what was asked before a clearance', async () => {
    const store = storeOn(await redisOptions());
    const a = place('a');
    const { epoch } = await look(store, a);
    await expect
      .poll(() =>
        store.clear({ model: 'm' }).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    await store.keep(a, epoch, ANSWER, 60_000);
    expect((await look(store, a)).found).toBeUndefined();
  });

  it('gives nothing any more where Redis has let go of the marks', async () => {
    const redis = await redisOptions();
    const store = storeOn(redis);
    await fill(store, place('a'));
    await redisClient(redis).del(`${redis.prefix}:cache:cleared`);
    expect((await look(store, place('a'))).found).toBeUndefined();
  });

  it('gives nothing of what it cannot read', async () => {
    const redis = await redisOptions();
    const store = storeOn(redis);
    await fill(store, place('a'));
    for (const broken of ['', '{', '{}\n', 'null\n', '\n\n']) {
      await redisClient(redis).set(`${redis.prefix}:cache:a`, broken, 'PX', 60_000);
      expect((await store.find(place('a'))).found).toBeUndefined();
    }
  });
});

describe.skipIf(!canStartRedis)(`RedisAnswerStore without Redis (${NEEDS_REDIS})`, () => {
  it('is a miss, keeps nothing, and says that it cannot clear', async () => {
    const server = await startRedis();
    const store = storeOn({ url: server.url, prefix: 'test' });
    await fill(store, place('a'));
    server.hang();
    expect(await store.find(place('a'))).toEqual({ found: undefined, epoch: undefined });
    await store.keep(place('b'), 'any', ANSWER, 60_000);
    await expect(store.clear({})).rejects.toBeInstanceOf(RedisUnavailable);
    server.resume();
    await server.kill();
    expect(await store.find(place('a'))).toEqual({ found: undefined, epoch: undefined });
  });
});
