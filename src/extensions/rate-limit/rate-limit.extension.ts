import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type CallContext } from '../../events/call-context.js';
import { CallCompleted, CallFailed, CallRefused } from '../../events/gateway-events.js';
import { GatewayEventBus } from '../../events/gateway-event-bus.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../gateway.settings.js';
import { type Limit, type LimitDecision, RateLimiter } from '../../limits/rate-limiter.js';
import { totalTokens } from '../../protocol/token-usage.js';
import { Extension, type GatewayExtension } from '../gateway-extension.interface.js';
import { UsageRecorded } from '../usage-recorded.event.js';
import { type ForetoldLimit } from './foretold-limit.js';
import { limitError } from './limit-error.js';
import { setLimitHeaders } from './limit-headers.js';
import { LimitsOf } from './limits-of.js';
import { estimateTokens } from './token-estimate.js';

const CHARGED = Symbol('nestgate.rate-limit');

/** A call with what it was charged. */
interface ChargedCall extends CallContext {
  [CHARGED]?: Charge | undefined;
}

interface Charge {
  readonly limits: readonly Limit[];
  readonly decision: LimitDecision;
  isUnderWay: boolean;
}

/** Refuses what is beyond the limits of its key. */
@Injectable()
@Extension({ name: 'rate-limit', order: -200 })
export class RateLimitExtension implements GatewayExtension, OnModuleInit, OnApplicationShutdown {
  private readonly limitsOf: LimitsOf;
  private stop: (() => void)[] = [];

  constructor(
    @Inject(GATEWAY_SETTINGS) settings: GatewaySettings,
    private readonly limiter: RateLimiter,
    private readonly bus: GatewayEventBus,
  ) {
    this.limitsOf = new LimitsOf(settings.rateLimits);
  }

  onModuleInit(): void {
    this.stop = [
      this.bus.on(CallCompleted, ({ call }) => this.leave(call)),
      this.bus.on(CallFailed, ({ call }) => this.leave(call)),
      this.bus.on(CallRefused, ({ call }) => this.takeBack(call)),
      this.bus.on(UsageRecorded, ({ call, record }) => this.settle(call, totalTokens(record.tokens))),
    ];
  }

  onApplicationShutdown(): void {
    for (const stop of this.stop) stop();
  }

  onRequest(call: CallContext): void | Promise<void> {
    const limits = this.limitsFor(call);
    if (limits.length === 0) return undefined;
    const decision = this.check(call, limits);
    return decision instanceof Promise
      ? decision.then((decided) => this.admit(call, limits, decided))
      : this.admit(call, limits, decision);
  }

  /** What it would say to the call. Nothing stays charged for the asking. */
  async foretell(call: CallContext): Promise<readonly ForetoldLimit[]> {
    const limits = this.limitsFor(call);
    if (limits.length === 0) return [];
    const decision = await this.check(call, limits);
    if (decision.refusedBy < 0) this.limiter.takeBack(limits, decision);
    return limits.map((limit, index) => ({
      ...limit,
      remaining: decision.states[index]?.remaining ?? 0,
      refuses: index === decision.refusedBy,
    }));
  }

  private limitsFor({ principal, candidates, model }: CallContext): readonly Limit[] {
    return this.limitsOf.of(principal, candidates[0]?.model ?? model);
  }

  private check(call: CallContext, limits: readonly Limit[]): LimitDecision | Promise<LimitDecision> {
    const tokens = limits.some(({ unit }) => unit === 'tokens') ? estimateTokens(call) : 0;
    return this.limiter.check(limits, tokens, call.requestId);
  }

  private admit(call: ChargedCall, limits: readonly Limit[], decision: LimitDecision): void {
    setLimitHeaders(call, limits, decision);
    // Not looked up where there is none: V8 spells -1, and looks for a member of that name.
    const refusing = decision.refusedBy < 0 ? undefined : limits[decision.refusedBy];
    if (refusing !== undefined) throw limitError(refusing, decision);
    call[CHARGED] = { limits, decision, isUnderWay: true };
  }

  private leave(call: ChargedCall): void {
    const charge = call[CHARGED];
    if (charge?.isUnderWay !== true) return;
    charge.isUnderWay = false;
    this.limiter.leave(charge.limits, charge.decision);
  }

  private takeBack(call: ChargedCall): void {
    const charge = call[CHARGED];
    call[CHARGED] = undefined;
    if (charge?.isUnderWay === true) this.limiter.takeBack(charge.limits, charge.decision);
  }

  private settle(call: ChargedCall, tokens: number): void {
    const charge = call[CHARGED];
    if (charge !== undefined) this.limiter.settle(charge.limits, charge.decision, tokens);
  }
}
