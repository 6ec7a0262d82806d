import { randomUUID } from 'node:crypto';
import { type RedisConnection } from '../../redis/redis-connection.js';
import {
  type AnswerLookup,
  type AnswerPlace,
  AnswerStore,
  type CachedAnswer,
  type CacheScope,
  NOT_KNOWN,
} from './answer-store.js';

/** What stands before an answer's bytes, as a line of JSON. */
interface Head {
  readonly epoch: string;
  /** Milliseconds. */
  readonly ttl: number;
  readonly contentType: string;
  readonly warnings: readonly string[];
}

/** Of everything that is kept. */
const EVERYTHING = '*';

/**
 * Keeps answers in a Redis that replicas share. A Redis that is away, or slow, is a miss.
 *
 * Nothing is searched for to be cleared: each clearance is a mark, an answer carries the marks of the time when it was
 * asked for, and is good as long as they are the same. All marks are one hash, with one of its own for everything: should
 * Redis let go of it, that one is made anew, and no answer is good any more.
 */
export class RedisAnswerStore extends AnswerStore {
  private readonly marks: string;

  constructor(private readonly redis: RedisConnection) {
    super();
    this.marks = redis.key('cache:cleared');
  }

  override async find(place: AnswerPlace): Promise<AnswerLookup> {
    try {
      return (await this.look(place)) ?? (await this.mark()) ?? (await this.look(place)) ?? NOT_KNOWN;
    } catch {
      return NOT_KNOWN;
    }
  }

  override async keep(place: AnswerPlace, epoch: string, answer: CachedAnswer, ttl: number): Promise<void> {
    const { contentType, bytes, warnings } = answer;
    const head: Head = { epoch, ttl, contentType, warnings };
    const entry = Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), bytes]);
    try {
      await this.redis.run((client) => client.set(this.nameOf(place), entry, 'PX', ttl));
    } catch {
      // Then it will be asked for again.
    }
  }

  override async clear({ tenant, model }: CacheScope): Promise<void> {
    await this.redis.run((client) =>
      tenant === undefined && model === undefined
        ? client.del(this.marks)
        : client.hset(this.marks, markOf(tenant, model), randomUUID()),
    );
  }

  /** @returns nothing where there are no marks yet, or no more. */
  private async look(place: AnswerPlace): Promise<AnswerLookup | undefined> {
    const { tenant, model } = place;
    const name = this.nameOf(place);
    const names = [EVERYTHING, markOf(tenant), markOf(undefined, model), markOf(tenant, model)];
    // Sent together, so that it takes the time of one.
    const [entry, marks, left] = await this.redis.run((client) =>
      Promise.all([client.getBuffer(name), client.hmget(this.marks, ...names), client.pttl(name)]),
    );
    if (marks[0] === null) return undefined;
    const epoch = JSON.stringify(marks);
    if (entry === null || left < 0) return { found: undefined, epoch };
    const end = entry.indexOf('\n');
    const head = JSON.parse(entry.toString('utf8', 0, end)) as Head;
    if (head.epoch !== epoch) return { found: undefined, epoch };
    const { contentType, warnings, ttl } = head;
    const answer = { contentType, warnings, bytes: entry.subarray(end + 1) };
    return { found: { answer, age: Math.max(0, ttl - left) / 1_000 }, epoch };
  }

  private async mark(): Promise<undefined> {
    await this.redis.run((client) => client.hsetnx(this.marks, EVERYTHING, randomUUID()));
  }

  private nameOf({ key }: AnswerPlace): string {
    return this.redis.key(`cache:${key}`);
  }
}

function markOf(tenant?: string, model?: string): string {
  return JSON.stringify([tenant ?? null, model ?? null]);
}
