import { uuidv7 } from 'uuidv7';
import { type RedisConnection } from '../redis/redis-connection.js';
import { BEAT } from './limit-scripts.js';

/** How often a replica says that it is there, and for how long that counts. */
const BEAT_MS = 5_000;
const ALIVE_MS = 15_000;
/** How often fewer replicas must be seen before it is believed: a Redis that starts again knows none of them at first. */
const DOUBTS = 3;

/** For how long a call under way counts if its replica says nothing more, as after a crash. */
export const LEASE_MS = 30_000;

/** A call under way, by the names of the limits that count it. */
export interface Lease {
  readonly id: string;
  readonly keys: readonly string[];
}

/** Tells the other replicas that this one and its calls are there, and knows how many replicas there are. */
export class Replicas {
  private readonly id = uuidv7();
  private readonly key: string;
  private known = 1;
  private fewer = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly redis: RedisConnection,
    private readonly leases: () => readonly Lease[],
  ) {
    this.key = redis.key('replicas');
  }

  /** As far as is known, this one included. Redis need not be there to say it. */
  get count(): number {
    return this.known;
  }

  async start(): Promise<void> {
    this.timer = setInterval(() => void this.beat(), BEAT_MS);
    this.timer.unref();
    await this.beat();
  }

  /** The others need not wait for this one's time to run out. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.redis.run((client) => client.zrem(this.key, this.id)).catch(() => undefined);
  }

  /** Also asks a Redis that is away whether it is back, so that no call has to. */
  async beat(): Promise<void> {
    const pairs = this.leases().flatMap(({ id, keys }) => keys.map((key) => [key, id] as const));
    const keys = pairs.map(([key]) => key);
    const args = [this.id, ALIVE_MS, LEASE_MS, ...pairs.map(([, id]) => id)];
    try {
      this.see(Number(await this.redis.run((client) => BEAT.run(client, [this.key, ...keys], args))));
    } catch {
      // What was known last goes on counting.
    }
  }

  private see(count: number): void {
    this.fewer = count < this.known ? this.fewer + 1 : 0;
    if (count >= this.known || this.fewer >= DOUBTS) this.known = Math.max(1, count);
  }
}
