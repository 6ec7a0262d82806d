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

export interface FoundAnswer {
  readonly answer: CachedAnswer;
  /** Seconds. */
  readonly age: number;
}

export interface Lookup {
  readonly found: FoundAnswer | undefined;
  /**
   * When it was looked up, in the store's own terms: an answer to what was asked before a clearance is not given. Not known
   * where the store is away; then nothing is kept.
   */
  readonly epoch: string | undefined;
}

/** Keeps answers. What goes wrong in it is a miss, never an error. */
export abstract class AnswerStore {
  abstract find(place: AnswerPlace): Lookup | Promise<Lookup>;
  /** @param ttl milliseconds. */
  abstract keep(place: AnswerPlace, epoch: string, answer: CachedAnswer, ttl: number): void | Promise<void>;
  /** @throws where it cannot be known that they are gone. */
  abstract clear(scope: CacheScope): void | Promise<void>;
}
