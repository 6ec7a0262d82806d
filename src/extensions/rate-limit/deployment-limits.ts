import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type AttemptTarget } from '../../events/attempt.js';
import { type CallContext } from '../../events/call-context.js';
import {
  type DeploymentGate,
  DeploymentGates,
  type GateOutcome,
  type GateRefusal,
} from '../../events/deployment-gates.js';
import { GatewayEventBus } from '../../events/gateway-event-bus.js';
import { type Limit, type LimitDecision, RateLimiter } from '../../limits/rate-limiter.js';
import { totalTokens } from '../../protocol/token-usage.js';
import { RoutingSettings } from '../../routing.settings.js';
import { UsageRecorded } from '../usage-recorded.event.js';
import { limitsIn } from './limits-of.js';
import { estimateTokens } from './token-estimate.js';

const TRIED = Symbol('nestgate.deployment-limits');

/** A call with what its last try was charged. */
interface TriedCall extends CallContext {
  [TRIED]?: Charge | undefined;
}

interface Charge {
  readonly limits: readonly Limit[];
  readonly decision: LimitDecision;
  /** Tries before it: where there are no more when it is over, it was not made. */
  readonly triesBefore: number;
}

const NONE: readonly Limit[] = [];

/** Keeps tries from providers and deployments that are at a limit of theirs: the next deployment gets its turn. */
@Injectable()
export class DeploymentLimits implements DeploymentGate, OnModuleInit, OnApplicationShutdown {
  private ofProviders: ReadonlyMap<string, readonly Limit[]> = new Map();
  /** By provider and model, with the provider's own among them. */
  private ofModels: ReadonlyMap<string, ReadonlyMap<string, readonly Limit[]>> = new Map();
  private stop: (() => void) | undefined;

  constructor(
    private readonly settings: RoutingSettings,
    private readonly limiter: RateLimiter,
    private readonly gates: DeploymentGates,
    private readonly bus: GatewayEventBus,
  ) {
    settings.on(() => this.read());
  }

  onModuleInit(): void {
    this.read();
  }

  onApplicationShutdown(): void {
    this.stop?.();
  }

  enter(call: TriedCall, target: AttemptTarget): GateRefusal | undefined | Promise<GateRefusal | undefined> {
    // What was tried before has failed, and used nothing that anybody knows of.
    this.settle(call, 0);
    const limits = this.limitsOf(target);
    if (limits.length === 0) return undefined;
    const tokens = limits.some(({ unit }) => unit === 'tokens') ? estimateTokens(call) : 0;
    const decision = this.limiter.check(limits, tokens, call.requestId);
    return decision instanceof Promise
      ? decision.then((decided) => this.decide(call, limits, decided))
      : this.decide(call, limits, decision);
  }

  leave(call: TriedCall, _target: AttemptTarget, _outcome: GateOutcome): void {
    const charge = call[TRIED];
    if (charge === undefined) return;
    const { limits, decision, triesBefore } = charge;
    if (call.attempts.length > triesBefore) {
      this.limiter.leave(limits, decision);
    } else {
      call[TRIED] = undefined;
      this.limiter.takeBack(limits, decision);
    }
  }

  private read(): void {
    const ofProviders = new Map<string, readonly Limit[]>();
    const ofModels = new Map<string, ReadonlyMap<string, readonly Limit[]>>();
    for (const { name, rateLimits, models = [] } of this.settings.providers) {
      const own = limitsIn(rateLimits, `provider:${name}`);
      const special = models.filter((model) => model.rateLimits !== undefined);
      if (own.length > 0) ofProviders.set(name, own);
      if (special.length === 0) continue;
      const byModel = special.map((model) => {
        const limits = limitsIn(model.rateLimits, `deployment:${name}:${encodeURIComponent(model.name)}`);
        return [model.name, [...own, ...limits]] as const;
      });
      ofModels.set(name, new Map(byModel));
    }
    this.ofProviders = ofProviders;
    this.ofModels = ofModels;
    // No gate where nothing was ever limited: it would be asked before every try.
    if (this.stop !== undefined || (ofProviders.size === 0 && ofModels.size === 0)) return;
    this.gates.add(this);
    this.stop = this.bus.on(UsageRecorded, ({ call, record }) => this.settle(call, totalTokens(record.tokens)));
  }

  private limitsOf({ providerName, model }: AttemptTarget): readonly Limit[] {
    return this.ofModels.get(providerName)?.get(model) ?? this.ofProviders.get(providerName) ?? NONE;
  }

  private decide(call: TriedCall, limits: readonly Limit[], decision: LimitDecision): GateRefusal | undefined {
    if (decision.refusedBy < 0) {
      call[TRIED] = { limits, decision, triesBefore: call.attempts.length };
      return undefined;
    }
    const { retryAfterMs } = decision;
    return { reason: 'rate_limited', ...(Number.isFinite(retryAfterMs) ? { retryAfter: retryAfterMs / 1000 } : {}) };
  }

  private settle(call: TriedCall, tokens: number): void {
    const charge = call[TRIED];
    if (charge === undefined) return;
    call[TRIED] = undefined;
    this.limiter.settle(charge.limits, charge.decision, tokens);
  }
}
