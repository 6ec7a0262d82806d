/** One limit of something. Made once, asked often: nothing in it is about one call. */
export interface Limit {
  /** What is counted, without spaces: the same everywhere that counts it together. */
  readonly key: string;
  /** What is counted: one for each call; its tokens; or the calls under way. */
  readonly unit: 'requests' | 'tokens' | 'concurrent';
  /** So much within any window; so many at once. */
  readonly limit: number;
  /** Milliseconds; 0 for what is counted only while it is under way. */
  readonly windowMs: number;
}

/** How a limit stands after it was asked. */
export interface LimitState {
  /** What may still come. */
  readonly remaining: number;
  /** Milliseconds until nothing counts any more, if nothing comes. */
  readonly resetMs: number;
}

/** What was said to a call. Where it was admitted, also what it is charged with, until it is over. */
export interface LimitDecision {
  /** The limit that refuses, of several the one that does so longest; -1 where all admit. */
  readonly refusedBy: number;
  /** Milliseconds until it would admit the same; `Infinity` where it never will. */
  readonly retryAfterMs: number;
  /** One for each limit, in their order. */
  readonly states: readonly LimitState[];
  /** Tells the call apart from others. */
  readonly id: string;
  /** As charged. */
  readonly tokens: number;
  /** When it was charged here, and in Redis, by the clock of each; `undefined` where it was not. */
  readonly chargedAt: number | undefined;
  readonly sharedAt: number | undefined;
}

/**
 * Keeps limits over sliding windows, several at once: a call is charged to all of them, or, where one refuses, to none. No
 * window of the given length, wherever it begins, has more than the limit.
 */
export abstract class RateLimiter {
  /**
   * @param tokens that the call is expected to use, for limits of tokens.
   * @param id of the call, unlike any other.
   * @returns a promise only where others have to be asked.
   */
  abstract check(limits: readonly Limit[], tokens: number, id: string): LimitDecision | Promise<LimitDecision>;

  /** The call is over, or no longer counts as under way. To be called once for each that was admitted. */
  abstract leave(limits: readonly Limit[], decision: LimitDecision): void;

  /**
   * Says what a call really used: gives back what it was charged too much, within the window in which it was charged, or
   * takes what is missing, also beyond the limit. To be called once.
   */
  abstract settle(limits: readonly Limit[], decision: LimitDecision, tokens: number): void;

  /** As if the call had never come. In place of `leave` and `settle`. */
  abstract takeBack(limits: readonly Limit[], decision: LimitDecision): void;
}
