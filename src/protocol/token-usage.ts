/**
 * Tokens of one answer in disjoint buckets: each token stands in exactly one, so a price list can be applied
 * bucket by bucket and the sum of all buckets is what the provider counted.
 */
export interface TokenUsage {
  /** Input read at full price: neither from a cache, nor written to one, nor audio. */
  readonly inputUncached: number;
  /** Input read from the provider's prompt cache. */
  readonly cacheRead: number;
  /** Input written to a prompt cache that lives five minutes (the provider's default lifetime where it names none). */
  readonly cacheWrite5m: number;
  /** Input written to a prompt cache that lives one hour. */
  readonly cacheWrite1h: number;
  /** Input given as audio. */
  readonly inputAudio: number;
  /** Output that is neither reasoning nor audio. */
  readonly output: number;
  /** Output spent on reasoning, shown or hidden. */
  readonly reasoning: number;
  /** Output given as audio. */
  readonly outputAudio: number;
}

export const NO_TOKENS: TokenUsage = Object.freeze({
  inputUncached: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  inputAudio: 0,
  output: 0,
  reasoning: 0,
  outputAudio: 0,
});

/** All that the provider counted. */
export function totalTokens(usage: TokenUsage): number {
  return totalInput(usage) + usage.output + usage.reasoning + usage.outputAudio;
}

/** All that was read, from a cache or not. */
export function totalInput(usage: TokenUsage): number {
  return usage.inputUncached + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h + usage.inputAudio;
}

/** Google's APIs count in 32 bits, and no model reads or writes that much at once: who counts so far has miscounted. */
const MAX_COUNT = 2 ** 31 - 1;

/**
 * Whether a provider has counted: one of the totals may be left out, but neither may be what is no count. What was told
 * then says nothing, and must not be taken for zero.
 */
export function areCounted(read: unknown, written: unknown): boolean {
  if (!isCount(read)) return isCount(written) && (read === undefined || read === null);
  return isCount(written) || written === undefined || written === null;
}

/** A provider's count of tokens, as a whole number; 0 for what is no count. */
export function countOf(value: unknown): number {
  return isCount(value) ? Math.round(value) : 0;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_COUNT;
}
