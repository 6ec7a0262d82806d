import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { type RedisOptions } from '../../src/redis.options.js';
import { freePort } from './free-port.js';

const isInPath = spawnSync('redis-server', ['--version']).status === 0;

/** Whether tests may start a Redis of their own, which they may then stop. */
export const canStartRedis = isInPath;

/** Whether there is one to test with: that of TEST_REDIS_URL, or one started from the PATH. */
export const hasRedis = isInPath || process.env['TEST_REDIS_URL'] !== undefined;

/** Stands in the names of tests that are skipped without it. */
export const NEEDS_REDIS = 'needs redis-server in the PATH, or TEST_REDIS_URL';

/** A Redis server that a test may stop, kill and start again. */
export class RedisServer {
  private child: ChildProcess | undefined;

  private constructor(private readonly port: number) {}

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Also again, with nothing in it. */
  async start(): Promise<void> {
    const options = {
      port: this.port,
      bind: '127.0.0.1',
      save: '',
      appendonly: 'no',
      dir: '/tmp',
      loglevel: 'warning',
    };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    this.child = spawn('redis-server', args, { stdio: 'ignore' });
    const client = new Redis(this.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
    client.on('error', () => undefined);
    await client.ping();
    client.disconnect();
  }

  /** It keeps its connections and answers nothing more, until it is resumed. */
  hang(): void {
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child === undefined) return;
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
  }
}

/** One of the running test's own. */
export async function startRedis(): Promise<RedisServer> {
  const server = await RedisServer.start();
  onTestFinished(() => server.kill());
  return server;
}

let shared: Promise<string> | undefined;

/** Settings of a Redis that several tests may share, under a prefix that is the caller's alone. */
export async function redisOptions(): Promise<Required<RedisOptions>> {
  shared ??= startShared();
  return { url: await shared, prefix: `test-${randomUUID()}` };
}

async function startShared(): Promise<string> {
  const given = process.env['TEST_REDIS_URL'];
  if (given !== undefined) return given;
  const server = await RedisServer.start();
  process.once('exit', () => void server.kill());
  return server.url;
}

/** A client of the test's own, until the test is over or the server is gone. */
export function redisClient({ url }: Pick<RedisOptions, 'url'>): Redis {
  const client = new Redis(url);
  client.on('error', () => client.disconnect());
  onTestFinished(() => client.disconnect());
  return client;
}
