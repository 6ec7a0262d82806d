import { Injectable } from '@nestjs/common';
import { type CallContext } from '../events/call-context.js';
import { type TokenUsage } from '../protocol/token-usage.js';

/** What a call cost, in pico-USD: a million millionth of a dollar. */
export interface CallCost {
  /** `null` where no price is known. */
  readonly cost: bigint | null;
  /** Of the price that was applied. */
  readonly priceVersion: string | null;
}

/** Knows what calls cost. */
@Injectable()
export class PriceBook {
  /** What a call that is over cost, by what its answer used. */
  costOf(_call: CallContext, _tokens: TokenUsage): CallCost {
    return { cost: null, priceVersion: null };
  }

  /** The most that a call may cost at any deployment that may answer it, in pico-USD; `undefined` where one has no price. */
  ceilingOf(_call: CallContext): bigint | undefined {
    return undefined;
  }
}
