import { Injectable } from '@nestjs/common';
import { type CallContext } from '../../events/call-context.js';
import { BudgetRules } from '../../extensions/budget/budget-rules.js';
import { BudgetService } from '../../extensions/budget/budget.service.js';
import { RateLimitExtension } from '../../extensions/rate-limit/rate-limit.extension.js';
import { PriceBook } from '../../pricing/price-book.js';
import { usd } from '../usd.js';

export interface LimitVerdict {
  /** Whose it is, and which. */
  readonly limit: string;
  readonly counts: 'requests' | 'tokens' | 'concurrent';
  readonly allowed: number;
  /** `null` for what is counted while it is under way. */
  readonly windowSeconds: number | null;
  /** After the call; where it is refused, as it is. */
  readonly remaining: number;
  readonly refuses: boolean;
}

export interface BudgetVerdict {
  readonly budget: string;
  readonly subject: string;
  readonly hard: boolean;
  /** Amounts in USD. */
  readonly limit: string;
  readonly spent: string;
  readonly reserved: string;
  readonly left: string;
  readonly refuses: boolean;
}

/** Says what limits and budgets would say to a call. */
@Injectable()
export class CallVerdicts {
  constructor(
    private readonly rateLimits: RateLimitExtension,
    private readonly rules: BudgetRules,
    private readonly budgets: BudgetService,
    private readonly prices: PriceBook,
  ) {}

  /** The most that it may cost, in pico-USD; `undefined` where that is not known. */
  ceilingOf(call: CallContext): bigint | undefined {
    return this.prices.ceilingOf(call);
  }

  async limitsOf(call: CallContext): Promise<LimitVerdict[]> {
    const limits = await this.rateLimits.foretell(call);
    return limits.map(({ key, unit, limit, windowMs, remaining, refuses }) => ({
      limit: key,
      counts: unit,
      allowed: limit,
      windowSeconds: windowMs === 0 ? null : windowMs / 1_000,
      remaining,
      refuses,
    }));
  }

  budgetsOf(call: CallContext, ceiling: bigint | undefined): Promise<BudgetVerdict[]> {
    const { all = [] } = this.rules.chargesOf(call) ?? {};
    return Promise.all(
      all.map(async ({ budget, kind, subject, hard, limit }) => {
        const [state] = await this.budgets.states({ budget, kind, subject, limit: 1 });
        // Nothing has been spent in this window yet.
        const { spent = 0n, reserved = 0n } = state ?? {};
        const left = BigInt(limit) - spent - reserved;
        return {
          budget,
          subject,
          hard,
          limit: usd(BigInt(limit)),
          spent: usd(spent),
          reserved: usd(reserved),
          left: usd(left),
          refuses: hard && (ceiling === undefined || ceiling > left),
        };
      }),
    );
  }
}
