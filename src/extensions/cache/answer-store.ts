import { type Tenant } from '../../auth/tenant.js';
import { type CallAnswer } from '../../events/call-answer.js';

/** An answer as it can be given again. */
export interface CachedAnswer extends CallAnswer {
  /** Parameters of the request that the provider had nothing for. */
  readonly warnings: readonly string[];
}

/** Where an answer is kept. */
export interface AnswerPlace {
  readonly key: string;
  readonly tenant: Tenant;
  /** After aliases. */
  readonly model: string;
}

/** Which answers are meant: those of one tenant, of one model, of both; all where neither is said. */
export interface CacheScope {
  readonly tenant?: Tenant | undefined;
  /** After aliases. */
  readonly model?: string | undefined;
}

/** An answer that was kept. */
export interface FoundAnswer {
  readonly answer: CachedAnswer;
  /** Seconds. */
  readonly age: number;
}

/** What a look into the store has come to. */
export interface AnswerLookup {
  readonly found: FoundAnswer | undefined;
  /**
   * When it was looked up, in the store's own terms: an answer to what was asked before a clearance is not given. Not known
   * where the store is away; then nothing is kept.
   */
  readonly epoch: string | undefined;
}

/** Of a store that is away. */
export const NOT_KNOWN: AnswerLookup = { found: undefined, epoch: undefined };

/**
 * Keeps answers. What goes wrong in it is a miss, never an error. A host gives one of its own to `GatewayModule.forRoot` as
 * `answerStore`.
 */
export abstract class AnswerStore {
  abstract find(place: AnswerPlace): AnswerLookup | Promise<AnswerLookup>;
  /**
   * @param epoch of the lookup: where there was a clearance since, the answer is not to be given any more.
   * @param ttl milliseconds.
   */
  abstract keep(place: AnswerPlace, epoch: string, answer: CachedAnswer, ttl: number): void | Promise<void>;
  /** @throws where it cannot be known that they are gone. */
  abstract clear(scope: CacheScope): void | Promise<void>;
}
