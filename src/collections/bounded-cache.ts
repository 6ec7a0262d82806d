import { LRUCache } from 'lru-cache';

type Settings<Value> = Pick<LRUCache.OptionsBase<string, Value, unknown>, 'ttl' | 'dispose'>;

/**
 * Keeps the entries that were used last. It takes memory as it fills; with `max` lru-cache takes that of all entries at
 * once, which for the caches of an idle gateway comes to several megabytes.
 */
export class BoundedCache<Value extends {}> extends LRUCache<string, Value> {
  /** @param maxEntries from 1. */
  constructor(maxEntries: number, settings: Settings<Value> = {}) {
    super({ ...settings, maxSize: maxEntries, sizeCalculation: () => 1 });
  }
}
