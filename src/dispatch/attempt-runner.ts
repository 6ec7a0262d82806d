import { Inject, Injectable } from '@nestjs/common';
import { TurnQueue } from '../collections/turn-queue.js';
import { GatewayError } from '../errors/gateway-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { Attempt } from '../events/attempt.js';
import { type CallContext } from '../events/call-context.js';
import { type GateOutcome } from '../events/deployment-gates.js';
import { AttemptFailed } from '../events/gateway-events.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../gateway.settings.js';
import { type RequestBody } from '../protocol/request-body.js';
import { type Answer, type ProviderCall } from '../providers/provider-adapter.interface.js';
import { UnsupportedParameters } from '../providers/unsupported-parameters.js';
import { Cancellation } from '../upstream/cancellation.js';
import { type Deadline, Deadlines } from '../upstream/deadlines.js';
import { millisecondsLeft } from './call-time.js';
import { CommittedStream } from './committed-stream.js';
import { type Deployment } from './deployment.js';
import { isDeploymentFailure } from './failures.js';
import { Gatekeeper } from './gatekeeper.js';
import { type KeySlot } from './key-ring.js';
import { capabilityOf } from './suitable-deployments.js';

/** What a dispatched call comes back with: a whole answer, or a stream whose first content is there. */
export type DispatchResult = Answer | CommittedStream;

/** Makes one try of a call at a deployment, within its time. */
@Injectable()
export class AttemptRunner {
  /** Streams whose first content is here. */
  private readonly begun = new TurnQueue<() => void>((all) => {
    for (const commit of all) commit();
  });

  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: GatewaySettings,
    private readonly gatekeeper: Gatekeeper,
    private readonly bus: GatewayEventBus,
    private readonly deadlines: Deadlines,
  ) {}

  /**
   * The gatekeeper has let the try through, and hears when it is over: of a stream, when that has ended.
   * @throws GatewayError
   */
  async run(call: CallContext, deployment: Deployment, key: KeySlot): Promise<DispatchResult> {
    const unsupported = new UnsupportedParameters(call.parameterPolicy);
    const attempt = new Attempt(deployment, unsupported, key.index);
    call.attempts.push(attempt);
    const cancellation = new Cancellation();
    const unlink = call.cancellation.onCancel(() => cancellation.cancel(call.cancellation.reason));
    const left = millisecondsLeft(call, this.settings);
    // A try that the call has too little time for says nothing of the deployment.
    let isCut = left < deployment.timeout;
    let deadline = this.limit(cancellation, Math.min(deployment.timeout || Number.POSITIVE_INFINITY, left));
    const end = (error?: GatewayError): void => {
      attempt.end(error);
      this.deadlines.clear(deadline);
      unlink();
      this.gatekeeper.leave(call, deployment, outcomeOf(call, error, isCut), error);
      if (error !== undefined && !call.cancellation.cancelled) this.bus.emit(new AttemptFailed(call, attempt, error));
    };
    try {
      const capability = capabilityOf(key.provider, call.operation);
      if (capability === undefined) throw new Error(`${deployment.id} does not do ${call.operation.name}`);
      const tried: ProviderCall<unknown, RequestBody> = {
        requestId: call.requestId,
        request: call.request,
        body: call.body,
        upstreamModel: deployment.upstreamModel,
        unsupported,
        cancellation,
        traceparent: call.traceparent,
        via: call.via,
      };
      if (!call.streaming || capability.stream === undefined) {
        const answer = await capability.answer(tried);
        call.usage = answer.usage;
        call.units = answer.units;
        call.textBytes = answer.textBytes;
        this.gatekeeper.answered(deployment, attempt.startedAt);
        end();
        return answer;
      }
      const stream = await CommittedStream.open(capability.stream(tried), call, this.begun, end);
      if (attempt.error === undefined) this.gatekeeper.answered(deployment, attempt.startedAt);
      // From here on the call's own time counts, no longer that of the try.
      this.deadlines.clear(deadline);
      isCut = true;
      if (!attempt.isOver) deadline = this.limit(cancellation, millisecondsLeft(call, this.settings));
      return stream;
    } catch (error) {
      const failure = GatewayError.from(error);
      end(failure);
      throw failure;
    }
  }

  private limit(cancellation: Cancellation, milliseconds: number): Deadline | undefined {
    return this.deadlines.set(milliseconds, () => cancellation.cancel(new UpstreamError('upstream_timeout')));
  }
}

/** @param isCut whether the call's own time ends the try. */
function outcomeOf({ cancellation }: CallContext, error: GatewayError | undefined, isCut: boolean): GateOutcome {
  if (error === undefined) return 'success';
  if (cancellation.cancelled || !isDeploymentFailure(error)) return 'ignored';
  return isCut && error.code === 'upstream_timeout' ? 'ignored' : 'error';
}
