import { Inject, Injectable } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { Attempt } from '../events/attempt.js';
import { type CallContext } from '../events/call-context.js';
import { type GateOutcome, type GateRefusal } from '../events/deployment-gates.js';
import { AttemptFailed } from '../events/gateway-events.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../gateway.settings.js';
import { type RequestBody } from '../protocol/request-body.js';
import { type Answer, type Capability, type ProviderCall } from '../providers/provider-adapter.interface.js';
import { UnsupportedParameters } from '../providers/unsupported-parameters.js';
import { Cancellation } from '../upstream/cancellation.js';
import { CommittedStream } from './committed-stream.js';
import { type Deployment } from './deployment.js';
import { noneAvailable, notServed } from './dispatch-errors.js';
import { Gatekeeper } from './gatekeeper.js';
import { ModelRouter } from './model-router.js';
import { isRetryable, retryPause } from './retry-policy.js';
import { capabilityOf, suitableDeployments } from './suitable-deployments.js';

/** Milliseconds: with less than this left of its time a call makes no further try. */
const SHORTEST_TRY = 10;

/** What a dispatched call comes back with: a whole answer, or a stream whose first content is there. */
export type DispatchResult = Answer | CommittedStream;

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
    private readonly gatekeeper: Gatekeeper,
    private readonly bus: GatewayEventBus,
  ) {}

  /**
   * @throws GatewayError of the last try, `model_not_found` where the model has no deployment, `unsupported_operation`
   * where none of its deployments does what is asked, `no_deployment_available` or `rate_limit_exceeded` where all are
   * closed for the moment.
   */
  async dispatch(call: CallContext): Promise<DispatchResult> {
    // Nobody waits for the answer: no try is made, so that none is on record.
    if (call.cancellation.cancelled) throw GatewayError.from(call.cancellation.reason);
    let last: GatewayError | undefined;
    let refusals: GateRefusal[] | undefined;
    const deployments = this.router.route(call.model);
    for (const deployment of suitableDeployments(call, deployments)) {
      const capability = capabilityOf(deployment.provider, call.operation);
      if (capability === undefined) continue;
      if (last !== undefined && this.millisecondsLeft(call) < SHORTEST_TRY) throw last;
      const retries = call.operation.isRetried ? deployment.maxRetries : 0;
      for (let retry = 0; ; retry++) {
        const entry = this.gatekeeper.enter(call, deployment);
        const refusal = entry instanceof Promise ? await entry : entry;
        if (refusal !== undefined) {
          if (retry > 0) break;
          (refusals ??= []).push(refusal);
          call.passedOver = [...call.passedOver, { target: deployment, reason: refusal.reason }];
          break;
        }
        try {
          return await this.attempt(call, deployment, capability);
        } catch (error) {
          last = GatewayError.from(error);
        }
        // Also where the try failed by itself just before: nobody waits for what it failed with.
        if (call.cancellation.cancelled) throw GatewayError.from(call.cancellation.reason);
        if (retry >= retries || !isRetryable(last)) break;
        if ((last.retryAfter ?? 0) * 1000 > this.settings.retryAfter) break;
        const milliseconds = retryPause(retry, last.retryAfter);
        if (milliseconds + SHORTEST_TRY > this.millisecondsLeft(call)) break;
        await call.cancellation.sleep(milliseconds);
      }
    }
    throw last ?? (refusals === undefined ? notServed(call, deployments) : noneAvailable(refusals));
  }

  private async attempt(
    call: CallContext,
    deployment: Deployment,
    capability: Capability<unknown, RequestBody>,
  ): Promise<DispatchResult> {
    const unsupported = new UnsupportedParameters(call.parameterPolicy);
    const attempt = new Attempt(deployment, unsupported);
    call.attempts.push(attempt);
    const cancellation = new Cancellation();
    const unlink = call.cancellation.onCancel(() => cancellation.cancel(call.cancellation.reason));
    let timer = this.limit(cancellation, this.millisecondsFor(call, deployment));
    const end = (error?: GatewayError): void => {
      attempt.end(error);
      clearTimeout(timer);
      unlink();
      this.gatekeeper.leave(call, deployment, error === undefined ? 'success' : outcomeOf(call, error));
      if (error !== undefined && !call.cancellation.cancelled) this.bus.emit(new AttemptFailed(call, attempt, error));
    };
    const tried: ProviderCall<unknown, RequestBody> = {
      requestId: call.requestId,
      request: call.request,
      body: call.body,
      upstreamModel: deployment.upstreamModel,
      unsupported,
      cancellation,
    };
    try {
      if (!call.streaming || capability.stream === undefined) {
        const answer = await capability.answer(tried);
        call.usage = answer.usage;
        call.textBytes = answer.textBytes;
        end();
        return answer;
      }
      const stream = await CommittedStream.open(capability.stream(tried), call, end);
      // From here on the call's own time counts, no longer that of the try.
      clearTimeout(timer);
      if (!attempt.isOver) timer = this.limit(cancellation, this.millisecondsLeft(call));
      return stream;
    } catch (error) {
      const failure = GatewayError.from(error);
      end(failure);
      throw failure;
    }
  }

  private limit(cancellation: Cancellation, milliseconds: number): NodeJS.Timeout | undefined {
    if (!Number.isFinite(milliseconds)) return undefined;
    return setTimeout(() => cancellation.cancel(new UpstreamError('upstream_timeout')), Math.max(0, milliseconds));
  }

  private millisecondsFor(call: CallContext, deployment: Deployment): number {
    return Math.min(deployment.timeout || Number.POSITIVE_INFINITY, this.millisecondsLeft(call));
  }

  private millisecondsLeft(call: CallContext): number {
    return this.settings.callTimeout === 0 ? Number.POSITIVE_INFINITY : this.settings.callTimeout - call.elapsed();
  }
}

/** A try that was given up, or a request that was refused, says nothing of the deployment. */
function outcomeOf({ cancellation }: CallContext, error: GatewayError): GateOutcome {
  return cancellation.cancelled || !isRetryable(error) ? 'ignored' : 'error';
}
