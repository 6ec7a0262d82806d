import { Inject, Injectable } from '@nestjs/common';
import { type Principal } from '../../auth/principal.js';
import { tenantOf } from '../../auth/tenant.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../gateway.settings.js';
import { RedisConnection } from '../../redis/redis-connection.js';
import { AnswerStore } from './answer-store.js';
import { HostAnswerStore } from './host-answer-store.js';
import { MemoryAnswerStore } from './memory-answer-store.js';
import { RedisAnswerStore } from './redis-answer-store.js';

/** Which answers to clear: those of one key, of one model, of both; all where neither is said. */
export interface CacheClearance {
  readonly key?: Pick<Principal, 'keyId' | 'keyName'> | undefined;
  /** After aliases. */
  readonly model?: string | undefined;
}

/** The cache as others see it: what is kept can be cleared. */
@Injectable()
export class CacheService {
  /** `undefined` where there is no cache. */
  readonly store: AnswerStore | undefined;

  constructor(
    @Inject(GATEWAY_SETTINGS) { cache }: Pick<GatewaySettings, 'cache'>,
    redis: RedisConnection,
    @Inject(AnswerStore) own: AnswerStore | null,
  ) {
    if (cache === undefined) return;
    if (own !== null) this.store = new HostAnswerStore(own);
    else this.store = cache.store === 'redis' ? new RedisAnswerStore(redis) : new MemoryAnswerStore(cache.maxBytes);
  }

  /**
   * Has answers forgotten, on every replica that shares the store. An answer to what was asked before is not kept
   * afterwards either.
   * @throws where it cannot be known that they are gone.
   */
  async clear({ key, model }: CacheClearance = {}): Promise<void> {
    await this.store?.clear({ tenant: key && tenantOf(key), model });
  }
}
