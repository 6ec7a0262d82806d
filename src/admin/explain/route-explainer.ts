import { Injectable } from '@nestjs/common';
import { CircuitBreakers, type CircuitState } from '../../dispatch/circuit-breakers.js';
import { type Deployment } from '../../dispatch/deployment.js';
import { ModelRouter } from '../../dispatch/model-router.js';
import { suitableDeployments } from '../../dispatch/suitable-deployments.js';
import { CallContext, type CallStart } from '../../events/call-context.js';
import { PriceBook } from '../../pricing/price-book.js';
import { usd } from '../usd.js';

/** A deployment of the model, in the order in which they are tried most often. */
export interface ExplainedDeployment {
  /** `<provider>/<model>` */
  readonly deployment: string;
  readonly upstreamModel: string;
  /** How likely it is to be tried first: 0 to 1. */
  readonly chance: number;
  /** Why it is passed over (`lacks_tools`, …); `null` where it is not. */
  readonly passedOver: string | null;
  /** In this process. Where it is open, others are tried before. */
  readonly circuit: CircuitState['state'];
  /** The most that the request may cost there; `null` where no price is known. */
  readonly ceiling: string | null;
}

/** Says where a call would go. */
@Injectable()
export class RouteExplainer {
  constructor(
    private readonly router: ModelRouter,
    private readonly circuits: CircuitBreakers,
    private readonly prices: PriceBook,
  ) {}

  explain(start: CallStart<unknown>): ExplainedDeployment[] {
    const call = new CallContext(start);
    const all = this.router.deploymentsOf(start.model).toSorted((a, b) => b.weight - a.weight);
    const states = new Map(this.circuits.states().map(({ target, state }) => [target.id, state]));
    const suitable = new Set(suitableDeployments(call, all));
    const tried = all.filter((deployment) => suitable.has(deployment) && states.get(deployment.id) !== 'open');
    const reasons = new Map(call.passedOver.map(({ target, reason }) => [target.id, reason]));
    // Those that are tried, then those that are tried where nothing else is left, then those that never are.
    const rank = (deployment: Deployment): number =>
      tried.includes(deployment) ? 0 : suitable.has(deployment) ? 1 : 2;
    return all
      .toSorted((a, b) => rank(a) - rank(b))
      .map((deployment) => ({
        deployment: deployment.id,
        upstreamModel: deployment.upstreamModel,
        chance: chanceOf(deployment, tried, all),
        passedOver: reasons.get(deployment.id) ?? null,
        circuit: states.get(deployment.id) ?? 'closed',
        ceiling: usd(this.prices.ceilingOf(new CallContext({ ...start, candidates: [deployment] })) ?? null),
      }));
  }
}

/** Chance takes one of all by weight. Where that is not tried, the heaviest of the others is. */
function chanceOf(deployment: Deployment, tried: readonly Deployment[], all: readonly Deployment[]): number {
  if (!tried.includes(deployment)) return 0;
  const total = weightOf(all);
  const passedOver = deployment === tried[0] ? total - weightOf(tried) : 0;
  return (deployment.weight + passedOver) / total;
}

function weightOf(deployments: readonly Deployment[]): number {
  return deployments.reduce((sum, { weight }) => sum + weight, 0);
}
