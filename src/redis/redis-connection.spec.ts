import { Logger } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { canStartRedis, hasRedis, NEEDS_REDIS, redisOptions, startRedis } from '../../test/support/redis.js';
import { type RedisOptions } from '../redis.options.js';
import { RedisConnection } from './redis-connection.js';
import { RedisUnavailable } from './redis-unavailable.js';

function connectTo(redis: Required<RedisOptions> | undefined): RedisConnection {
  const connection = new RedisConnection({ redis });
  onTestFinished(() => connection.onApplicationShutdown());
  return connection;
}

function logged(): string[] {
  const lines: string[] = [];
  const note = (line: unknown): void => void lines.push(String(line));
  for (const level of ['log', 'warn'] as const) {
    const spy = vi.spyOn(Logger.prototype, level).mockImplementation(note);
    onTestFinished(() => spy.mockRestore());
  }
  return lines;
}

const ping = (client: Redis): Promise<string> => client.ping();

/** Asks until nothing is tried any more. */
async function failUntilOpen(connection: RedisConnection): Promise<void> {
  for (;;) {
    let wasTried = false;
    await expect(
      connection.run((client) => {
        wasTried = true;
        return client.ping();
      }),
    ).rejects.toBeInstanceOf(RedisUnavailable);
    if (!wasTried && connection.isAway) return;
    await new Promise(setImmediate);
  }
}

describe('RedisConnection', () => {
  it('is unavailable where none is configured', async () => {
    const connection = connectTo(undefined);
    expect(connection.isConfigured).toBe(false);
    await expect(connection.run(ping)).rejects.toBeInstanceOf(RedisUnavailable);
  });

  it('fails where nobody listens, says so once, and then tries no more', async () => {
    const lines = logged();
    const connection = connectTo({ url: 'redis://:secret@127.0.0.1:1', prefix: 'test' });
    await failUntilOpen(connection);
    await expect(connection.run(ping)).rejects.toBeInstanceOf(RedisUnavailable);
    expect(lines).toEqual(['Redis does not answer, going on without it: connect ECONNREFUSED 127.0.0.1:1']);
  });
});

describe.skipIf(!hasRedis)(`RedisConnection (${NEEDS_REDIS})`, () => {
  it('runs commands, the first one as soon as it is connected', async () => {
    const connection = connectTo(await redisOptions());
    const key = connection.key('a');
    expect(await Promise.all([connection.run((client) => client.incr(key)), connection.run(ping)])).toEqual([
      1,
      'PONG',
    ]);
    expect(key).toMatch(/^test-.*:a$/);
  });

  it('throws what Redis says of a wrong command as it is, and goes on', async () => {
    const connection = connectTo(await redisOptions());
    for (let at = 0; at < 10; at++) {
      await expect(connection.run((client) => client.call('NONSENSE'))).rejects.toMatchObject({ name: 'ReplyError' });
    }
    expect(await connection.run(ping)).toBe('PONG');
  });

  it('is unavailable once it is shut down', async () => {
    const connection = connectTo(await redisOptions());
    await connection.run(ping);
    connection.onApplicationShutdown();
    await expect(connection.run(ping)).rejects.toBeInstanceOf(RedisUnavailable);
  });
});

describe.skipIf(!canStartRedis)('RedisConnection to a server that fails (needs redis-server in the PATH)', () => {
  it.each(['hangs', 'is killed'])('fails while it %s, and is back when that is', async (fault) => {
    const lines = logged();
    const server = await startRedis();
    const time = vi.spyOn(performance, 'now');
    onTestFinished(() => time.mockRestore());
    const connection = connectTo({ url: server.url, prefix: 'test' });
    await connection.run(ping);

    if (fault === 'hangs') server.hang();
    else await server.kill();
    await failUntilOpen(connection);

    if (fault === 'hangs') server.resume();
    else await server.start();
    expect(connection.isAway).toBe(true);

    // The ten seconds are over at once; a probe that comes before the new connection fails, and the next one is due.
    let later = performance.now();
    time.mockImplementation(() => (later += 20_000));
    await vi.waitFor(async () => expect(await connection.run(ping)).toBe('PONG'), { timeout: 10_000 });
    expect(lines).toEqual([expect.stringMatching(/^Redis does not answer/), 'Redis answers again']);
  });
});
