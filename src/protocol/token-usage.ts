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
  const { inputUncached, cacheRead, cacheWrite5m, cacheWrite1h, inputAudio, output, reasoning, outputAudio } = usage;
  return inputUncached + cacheRead + cacheWrite5m + cacheWrite1h + inputAudio + output + reasoning + outputAudio;
}
