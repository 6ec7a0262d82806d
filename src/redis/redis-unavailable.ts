/** Redis is not there, does not answer in time, or was not configured. Never for clients: whoever asked goes on without it. */
export class RedisUnavailable extends Error {
  override readonly name = 'RedisUnavailable';

  constructor(cause?: unknown) {
    super('Redis does not answer', cause === undefined ? undefined : { cause });
  }
}
