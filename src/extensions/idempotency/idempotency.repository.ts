/** Milliseconds for which a claim counts as in progress without a sign of life of the process that has it. */
export const LEASE_MS = 30_000;

/** A call that has taken an idempotency key. */
export interface Claim {
  /** Of the client and its key: SHA-256. */
  readonly id: Buffer;
  /** UUID of the call. Whoever has lost the claim to another call changes nothing any more. */
  readonly requestId: string;
}

export interface NewClaim extends Claim {
  /** Of what is asked: SHA-256. */
  readonly fingerprint: Buffer;
  /** Milliseconds for which the key stands for this request. */
  readonly ttl: number;
}

/** What has become of a call whose key stays taken: its answer is there, or too large to be kept; or nobody knows. */
export type SettledState = 'finished' | 'not_kept' | 'unknown';

/** What is known of a key that was taken before. */
export interface FoundClaim {
  readonly fingerprint: Buffer;
  /** `unknown` also where the process that had it gives no sign of life. */
  readonly state: SettledState | 'in_progress';
  /** Sealed; `null` where none is kept. */
  readonly answer: Buffer | null;
}

/** Where idempotency keys are kept. */
export abstract class IdempotencyRepository {
  /**
   * Takes a key, for one of those that want it at the same time.
   * @returns what is known of it where another call has it already.
   */
  abstract claim(claim: NewClaim): Promise<FoundClaim | undefined>;
  /** The calls are still in progress. */
  abstract renew(claims: readonly Claim[]): Promise<void>;
  abstract settle(claim: Claim, state: SettledState, answer: Buffer | null): Promise<void>;
  /** The key is free again, as if it had never been taken. */
  abstract release(claim: Claim): Promise<void>;
  /** Forgets keys whose time is over, so many at most. @returns how many. */
  abstract sweep(limit: number): Promise<number>;
}
