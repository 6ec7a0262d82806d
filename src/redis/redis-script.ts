import { createHash } from 'node:crypto';
import { type Redis } from 'ioredis';

/** A Lua script that Redis runs as one, and keeps: after the first time only its name travels. */
export class RedisScript {
  private readonly sha: string;
  private wasSent = false;

  constructor(private readonly lua: string) {
    this.sha = createHash('sha1').update(lua).digest('hex');
  }

  async run(client: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    // Not by its name and then again: commands that follow would overtake it.
    if (!this.wasSent) {
      this.wasSent = true;
      return client.eval(this.lua, keys.length, ...keys, ...args);
    }
    try {
      return await client.evalsha(this.sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return client.eval(this.lua, keys.length, ...keys, ...args);
    }
  }
}
