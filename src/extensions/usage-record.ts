import { type BudgetCharge } from '../events/budget-charge.js';
import { type BillableUnits } from '../protocol/billable-units.js';
import { type TokenUsage } from '../protocol/token-usage.js';

/** What became of a call: answered whole; failed; or left by its client before the end. */
export type CallStatus = 'completed' | 'failed' | 'aborted';

/**
 * How far the token counts can be trusted: `exact` as the provider reported them; `estimated` from the bytes that
 * passed, where the provider did not say; `none` where no provider took the request.
 */
export type UsageGrade = 'exact' | 'estimated' | 'none';

/**
 * One try on one deployment that did not lead to the answer, or that led to it (`status` 200, no `error`); or a
 * deployment that was passed over (no `status`, no time, the reason in `error`), which stands before the tries.
 */
export interface AttemptRecord {
  /** `<provider>/<model>`. */
  readonly deployment: string;
  /** What the provider answered; `null` where no answer came. */
  readonly status: number | null;
  /** The error's code, or why it was passed over (`lacks_tools`, …); `null` for the try that succeeded. */
  readonly error: string | null;
  /** Milliseconds, from a monotonic clock. */
  readonly durationMs: number;
  /** Which of the provider's keys it went with, counted from 0, where there are several. */
  readonly keyIndex?: number | undefined;
  /** Parameters of the request that its provider had nothing for, where the client wanted to hear of them. */
  readonly warnings?: readonly string[] | undefined;
}

/** One admitted request, whatever became of it. There is exactly one for each. */
export interface UsageRecord {
  /** UUIDv7. */
  readonly requestId: string;
  readonly startedAt: Date;
  /** Milliseconds from admission to the last byte, from a monotonic clock. */
  readonly durationMs: number;
  /** Milliseconds to the first content of a stream. */
  readonly firstChunkMs: number | null;
  /** `chat`, … */
  readonly operation: string;
  readonly streaming: boolean;
  /** `null` for a key from the configuration. */
  readonly keyId: string | null;
  readonly keyName: string;
  /** Whose the key is. */
  readonly team: string | null;
  readonly organization: string | null;
  /** The `user` of the request. */
  readonly endUser: string | null;
  /** What the client filed it under, by `x-nestgate-tag`. */
  readonly tag: string | null;
  /** The model as the client named it. */
  readonly requestModel: string;
  /** The model after aliases, without the provider where the client named one. */
  readonly model: string;
  /** The provider and the model's name there, of the last try; `null` where none was made. */
  readonly provider: string | null;
  readonly upstreamModel: string | null;
  /** The extension that answered in place of a provider: `cache`, … */
  readonly answeredBy: string | null;
  readonly status: CallStatus;
  /** The status the client got; 499 where it left first. */
  readonly httpStatus: number;
  readonly errorCode: string | null;
  readonly grade: UsageGrade;
  readonly tokens: TokenUsage;
  /** What it used beside tokens, where it did. */
  readonly units: BillableUnits | null;
  /** In pico-USD: a million millionth of a dollar. `null` where no price is known. */
  readonly cost: bigint | null;
  /** Of the price that was applied. */
  readonly priceVersion: string | null;
  /** In pico-USD, as far as it is known: what tries cost that broke before anything of them was shown. Not in `cost`. */
  readonly failedAttemptsCost: bigint;
  readonly attempts: readonly AttemptRecord[];
  /** The accounts of budgets that the cost goes to when the record is stored; not stored themselves. */
  readonly charges?: readonly BudgetCharge[] | undefined;
  /** The lease on other accounts of budgets that the cost goes to as well. Not stored, as `charges`. */
  readonly lease?: string | undefined;
  /** How much of the lease is used up by it, in pico-USD. */
  readonly leased?: bigint | undefined;
}
