import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { type CallContext } from '../../events/call-context.js';
import { CallRefused } from '../../events/gateway-events.js';
import { GatewayEventBus } from '../../events/gateway-event-bus.js';
import { PriceBook } from '../../pricing/price-book.js';
import { LeasesEnded } from '../leases-ended.event.js';
import { Extension, type GatewayExtension } from '../gateway-extension.interface.js';
import { BudgetKeeper } from './budget-keeper.js';
import { BudgetLeases } from './budget-leases.js';
import { type BudgetRefusal } from './budget-ledger.js';
import { BudgetReservations } from './budget-reservations.js';
import { BudgetRules, type CallCharges } from './budget-rules.js';

/** How long to wait where nobody knows when there is money again. */
const NEVER_SECONDS = 86_400;

/**
 * Refuses calls that a hard budget might not pay for: sets aside the most that a call may cost before it is sent. What
 * it did cost is charged when its usage record is stored, and is charged to soft budgets too. Comes last, so that what
 * others refuse or answer takes no trip to the database.
 */
@Injectable()
@Extension({ name: 'budget', order: 1_000 })
export class BudgetExtension implements GatewayExtension, OnModuleInit, OnApplicationShutdown {
  private stop: (() => void)[] = [];

  constructor(
    private readonly rules: BudgetRules,
    private readonly prices: PriceBook,
    private readonly leases: BudgetLeases,
    private readonly reservations: BudgetReservations,
    private readonly keeper: BudgetKeeper,
    private readonly bus: GatewayEventBus,
  ) {}

  onModuleInit(): void {
    if (this.rules.isUsed) this.keeper.start();
    this.stop = [
      this.bus.on(CallRefused, ({ call }) => {
        if (call.leaseDraw !== undefined) call.leaseDraw.settle(0n);
        else if (call.charges?.some(({ hard }) => hard) === true) this.reservations.release(call.requestId);
      }),
      this.bus.on(LeasesEnded, ({ leases }) => {
        for (const lease of leases) this.reservations.release(lease);
      }),
    ];
  }

  onApplicationShutdown(): void {
    for (const stop of this.stop) stop();
  }

  onRequest(call: CallContext): void | Promise<void> {
    const charges = this.rules.chargesOf(call);
    if (charges === undefined) return undefined;
    this.keeper.start();
    if (charges.hard.length > 0) return this.reserve(call, charges);
    call.charges = charges.all;
    return undefined;
  }

  private reserve(call: CallContext, charges: CallCharges): void | Promise<void> {
    const amount = this.prices.ceilingOf(call);
    if (amount === undefined) {
      throw new GatewayError('price_unknown', {
        message: `No price is known of the model '${call.model}', and a budget must know what a request may cost.`,
        param: 'model',
      });
    }
    return this.draw(call, charges, amount) ? undefined : this.reserveAlone(call, charges, amount);
  }

  private draw(call: CallContext, charges: CallCharges, amount: bigint): boolean {
    if (amount <= 0n) return false;
    call.leaseDraw = this.leases.draw(charges, amount);
    if (call.leaseDraw === undefined) return false;
    call.charges = charges.soft;
    return true;
  }

  private async reserveAlone(call: CallContext, charges: CallCharges, amount: bigint): Promise<void> {
    const { requestId } = call;
    const refusal = await this.reservations.reserve({ requestId, amount, charges: charges.hard });
    if (refusal === undefined) call.charges = charges.all;
    // What is not left may have been leased to this process meanwhile.
    else if (!this.draw(call, charges, amount)) throw usedUp(refusal);
  }
}

function usedUp({ charge, windowEnd, secondsLeft }: BudgetRefusal): GatewayError {
  const name = charge.budget.replace(/^(?:key|team|organization)\//, '');
  const until = windowEnd === null ? 'It does not start anew.' : `It starts anew at ${windowEnd.toISOString()}.`;
  return new GatewayError('insufficient_quota', {
    message: `The budget '${name}' has not enough left for what this request may cost. ${until}`,
    retryAfter: Math.max(1, Math.ceil(secondsLeft ?? NEVER_SECONDS)),
    shouldRetry: false,
  });
}
