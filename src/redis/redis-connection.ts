import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../gateway.settings.js';
import { RedisBreaker } from './redis-breaker.js';
import { RedisUnavailable } from './redis-unavailable.js';

const TIMEOUT_MS = 100;
const CONNECT_TIMEOUT_MS = 500;
/** A connection on which nothing comes for so long although something is awaited is given up for a new one. */
const SILENCE_MS = 2_000;
const MAX_RECONNECT_MS = 2_000;

/** What Redis answers when it cannot serve for now, whatever it was asked. */
const NOT_NOW =
  /^(?:LOADING|BUSY|READONLY|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|MISCONF|OOM|NOAUTH|WRONGPASS|NOPERM|ERR max)/;

/**
 * The one connection to the Redis that replicas share, made when it is first used. It never keeps anybody waiting: what is
 * not answered within 100 ms fails, and while nothing is answered everything fails at once. Whoever uses it says what it
 * does without.
 */
@Injectable()
export class RedisConnection implements OnApplicationShutdown {
  private readonly logger = new Logger('Redis');
  private readonly breaker = new RedisBreaker();
  private client: Redis | undefined;
  private opening: Promise<Redis> | undefined;
  /** While the first connection is being made; nothing is queued before that. */
  private connecting: Promise<void> | undefined;
  private lastError: unknown;
  private isClosed = false;

  constructor(@Inject(GATEWAY_SETTINGS) private readonly settings: Pick<GatewaySettings, 'redis'>) {}

  get isConfigured(): boolean {
    return this.settings.redis !== undefined;
  }

  /** Nothing is answered at present: asking would be in vain. */
  get isAway(): boolean {
    return this.breaker.isOpen;
  }

  /** A name as it stands in Redis. */
  key(name: string): string {
    return `${this.settings.redis?.prefix ?? ''}:${name}`;
  }

  /**
   * @param command is not called where Redis is known to be away.
   * @param timeoutMs for all that it does there, beyond the first connection.
   * @throws RedisUnavailable where it is not configured, is away, or does not answer in time; what Redis answers to a
   * command that is wrong is thrown as it is.
   */
  async run<Result>(command: (client: Redis) => Promise<Result>, timeoutMs = TIMEOUT_MS): Promise<Result> {
    const { redis } = this.settings;
    if (redis === undefined || this.isClosed || !this.breaker.letThrough()) throw new RedisUnavailable();
    try {
      const client = this.client ?? (await (this.opening ??= this.open(redis.url)));
      if (this.connecting !== undefined) await this.connecting;
      const result = await inTime(command(client), timeoutMs);
      this.succeeded();
      return result;
    } catch (error) {
      if (isAnswer(error)) {
        this.succeeded();
        throw error;
      }
      throw this.failed(error);
    }
  }

  onApplicationShutdown(): void {
    this.isClosed = true;
    this.client?.disconnect();
  }

  private async open(url: string): Promise<Redis> {
    // A gateway without Redis need not have it in memory.
    const { Redis } = await import('ioredis');
    if (this.isClosed) throw new RedisUnavailable();
    const client = new Redis(url, {
      lazyConnect: true,
      enableOfflineQueue: false,
      enableReadyCheck: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      connectTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENCE_MS,
      retryStrategy: (tries) => Math.min(tries * 100, MAX_RECONNECT_MS),
    });
    // Told by the commands that fail; an error that nobody listens to would end the process.
    client.on('error', (error: unknown) => (this.lastError = error));
    client.on('ready', () => (this.lastError = undefined));
    this.client = client;
    this.connecting = client.connect().finally(() => (this.connecting = undefined));
    return client;
  }

  private succeeded(): void {
    if (this.breaker.succeeded()) this.logger.log('Redis answers again');
  }

  private failed(error: unknown): RedisUnavailable {
    // The reason why there is no connection says more than that there is none.
    const cause = this.lastError ?? error;
    if (this.breaker.failed() && !this.isClosed) {
      this.logger.warn(`Redis does not answer, going on without it: ${messageOf(cause)}`);
    }
    return new RedisUnavailable(cause);
  }
}

function inTime<Result>(pending: Promise<Result>, timeoutMs: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    // Where the event loop stood still, the answer may be there and only not read yet: it is before an immediate.
    const late = (): void => void setImmediate(() => reject(new Error(`no answer within ${timeoutMs} ms`)));
    const timer = setTimeout(late, timeoutMs);
    pending.then(
      (result) => {
        clearTimeout(timer);
        resolve(result);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}

/** Whether Redis answered, and means the command. */
function isAnswer(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError' && !NOT_NOW.test(error.message);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Of a name with several addresses, where none can be reached.
  return error.message === '' && 'code' in error ? String(error.code) : error.message;
}
