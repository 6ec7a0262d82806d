import { type IdempotencyOptions } from './idempotency.options.js';

/** The options with every default filled in. */
export interface IdempotencySettings {
  /** `undefined`: where the storage can. */
  readonly enabled: boolean | undefined;
  /** Milliseconds. */
  readonly ttl: number;
  readonly maxAnswerBytes: number;
}

export function resolveIdempotency(options: IdempotencyOptions = {}): IdempotencySettings {
  return {
    enabled: options.enabled,
    ttl: options.ttl ?? 86_400_000,
    maxAnswerBytes: options.maxAnswerBytes ?? 1024 * 1024,
  };
}
