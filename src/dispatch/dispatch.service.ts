import { Inject, Injectable } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import { type CallContext } from '../events/call-context.js';
import { type GateRefusal } from '../events/deployment-gates.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../gateway.settings.js';
import { type DispatchResult } from './attempt-runner.js';
import { millisecondsLeft, SHORTEST_TRY } from './call-time.js';
import { type Deployment } from './deployment.js';
import { DeploymentTries } from './deployment-tries.js';
import { finalError, noneAvailable, notServed } from './dispatch-errors.js';
import { ModelRouter } from './model-router.js';
import { suitableDeployments } from './suitable-deployments.js';

/** A deployment that the call did not go to, and why. */
interface Closed {
  readonly deployment: Deployment;
  readonly refusal: GateRefusal;
}

/** What keeps calls from a deployment for the sake of the calls: where there is nowhere else to go it is tried. */
const ADVICE: ReadonlySet<string> = new Set(['circuit_open', 'bulkhead_full', 'key_refused']);

/**
 * Brings a call to a deployment of its model: each in turn, each as often as its retries allow, until one answers. The
 * one loop for every operation, streamed or not: a stream counts as answered when its first content is there, and until
 * then another try, or another deployment, is still open.
 */
@Injectable()
export class DispatchService {
  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: GatewaySettings,
    private readonly router: ModelRouter,
    private readonly tries: DeploymentTries,
  ) {}

  /**
   * @throws GatewayError of the last try, `model_not_found` where the model has no deployment, `unsupported_operation`
   * where none of its deployments does what is asked, `no_deployment_available`, `upstream_overloaded` or
   * `rate_limit_exceeded` where all are closed for the moment.
   */
  async dispatch(call: CallContext): Promise<DispatchResult> {
    // Nobody waits for the answer: no try is made, so that none is on record.
    if (call.cancellation.cancelled) throw GatewayError.from(call.cancellation.reason);
    let last: GatewayError | undefined;
    let closed: Closed[] | undefined;
    const routed = this.router.route(call.model);
    for (const deployment of suitableDeployments(call, routed)) {
      if (last !== undefined && millisecondsLeft(call, this.settings) < SHORTEST_TRY) break;
      const outcome = await this.tries.make(call, deployment, false);
      if ('result' in outcome) return outcome.result;
      if ('error' in outcome) last = outcome.error;
      else {
        const { refusal } = outcome;
        (closed ??= []).push({ deployment, refusal });
        call.passedOver = [...call.passedOver, { target: deployment, reason: refusal.reason }];
      }
    }
    if (last !== undefined) throw finalError(call, last);
    if (closed === undefined) throw notServed(call, routed);
    return this.lastResort(call, closed);
  }

  /**
   * Every deployment is closed. To refuse the call is no better than to try one that is not well, and a provider that
   * is well again shows it only when it is asked: so each is tried after all, once, but those that take no more.
   */
  private async lastResort(call: CallContext, closed: readonly Closed[]): Promise<DispatchResult> {
    let last: GatewayError | undefined;
    const refusals: GateRefusal[] = [];
    for (const { deployment, refusal } of closed) {
      if (!ADVICE.has(refusal.reason)) {
        refusals.push(refusal);
        continue;
      }
      if (last !== undefined && millisecondsLeft(call, this.settings) < SHORTEST_TRY) break;
      const passedOver = call.passedOver;
      call.passedOver = passedOver.filter(({ target }) => target !== deployment);
      const outcome = await this.tries.make(call, deployment, true);
      if ('result' in outcome) return outcome.result;
      if ('error' in outcome) last = outcome.error;
      else {
        call.passedOver = passedOver;
        refusals.push(outcome.refusal);
      }
    }
    throw last === undefined ? noneAvailable(refusals) : finalError(call, last);
  }
}
