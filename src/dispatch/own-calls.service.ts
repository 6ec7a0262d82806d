import { Injectable } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { CallContext } from '../events/call-context.js';
import { CallAdmitted, CallCompleted, CallFailed } from '../events/gateway-events.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { ModelCalls, type OwnRequest } from '../events/model-calls.js';
import { type Operation } from '../events/operation.js';
import { JsonBody } from '../protocol/json-body.js';
import { parseJsonBytes } from '../protocol/json.js';
import { CommittedStream } from './committed-stream.js';
import { DispatchService } from './dispatch.service.js';
import { ModelRouter } from './model-router.js';
import { modelNotFound } from './dispatch-errors.js';

/** Dispatches the calls that the gateway makes for itself. */
@Injectable()
export class OwnCallsService extends ModelCalls {
  constructor(
    private readonly router: ModelRouter,
    private readonly dispatcher: DispatchService,
    private readonly bus: GatewayEventBus,
  ) {
    super();
  }

  async ask(
    serving: CallContext,
    operation: Operation,
    request: OwnRequest,
    cancellation = serving.cancellation,
  ): Promise<unknown> {
    const model = this.router.resolve(request.model);
    const candidates = this.router.deploymentsOf(model);
    // Which models the caller may use is no matter: it is not the caller who asks.
    if (candidates.length === 0) throw modelNotFound(request.model);
    const call = new CallContext({
      operation,
      principal: serving.principal,
      request,
      body: JsonBody.of({ ...request }),
      requestModel: request.model,
      model,
      streaming: false,
      endUser: serving.endUser,
      tag: serving.tag,
      parameterPolicy: 'drop',
      candidates,
      headers: {},
      via: serving.via,
    });
    const unlink = cancellation.onCancel(() => call.cancellation.cancel(cancellation.reason));
    this.bus.emit(new CallAdmitted(call));
    try {
      const answer = await this.dispatch(call);
      this.bus.emit(new CallCompleted(call));
      return answer;
    } catch (thrown) {
      const error = GatewayError.from(thrown);
      this.bus.emit(new CallFailed(call, error));
      throw error;
    } finally {
      unlink();
    }
  }

  private async dispatch(call: CallContext): Promise<unknown> {
    const result = await this.dispatcher.dispatch(call);
    const value = result instanceof CommittedStream ? undefined : parseJsonBytes(result.bytes);
    if (value === undefined) throw new UpstreamError('upstream_invalid_response');
    return value;
  }
}
