import { type ServerResponse } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import { type GatewayRequest } from '../auth/api-key.guard.js';
import { CommittedStream } from '../dispatch/committed-stream.js';
import { DispatchService } from '../dispatch/dispatch.service.js';
import { GatewayError } from '../errors/gateway-error.js';
import { writeError } from '../errors/openai-error.filter.js';
import { type CallAnswer } from '../events/call-answer.js';
import { type CallContext } from '../events/call-context.js';
import { CallAdmitted, CallCompleted, CallRefused } from '../events/gateway-events.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { type ChunkFilter } from '../extensions/chunk-filter.js';
import { ExtensionPipeline } from '../extensions/extension-pipeline.js';
import { nodeRequest, type PlatformResponse, takeResponse } from '../http/node-http.js';
import { sizeOf } from '../protocol/pieced-answer.js';
import { answerHeaders, setAnswerHeaders } from '../streaming/answer-headers.js';
import { ResponseStreams } from '../streaming/response-streams.js';
import { KeptStream } from '../streaming/kept-stream.js';
import { AdmissionService } from './admission.service.js';
import { filterOf, tellFailed } from './call-steps.js';
import { ClientConnections } from './client-connections.js';
import { type Endpoint } from './endpoint.js';

/**
 * The way of every call: in come its request and what extensions have to say, out goes the answer or the stream.
 *
 * Called by the controllers, or past them by the standalone server, and not one of Nest's interceptors: those cost more than all that is done here
 * (docs/decisions.md).
 */
@Injectable()
export class EndpointHandler {
  private readonly logger = new Logger(EndpointHandler.name);

  constructor(
    private readonly admission: AdmissionService,
    private readonly connections: ClientConnections,
    private readonly extensions: ExtensionPipeline,
    private readonly dispatcher: DispatchService,
    private readonly streams: ResponseStreams,
    private readonly bus: GatewayEventBus,
  ) {}

  /**
   * Answers the request, also where its call fails.
   * @throws GatewayError where it does not become a call.
   */
  async handle(asked: GatewayRequest, answered: PlatformResponse, endpoint: Endpoint): Promise<void> {
    const request = nodeRequest(asked);
    const response = takeResponse(answered);
    const call = await this.admission.admit(request, endpoint);
    this.connections.watch(request.socket, call);
    try {
      await this.run(call, response);
    } finally {
      this.connections.release(request.socket, call);
      // Not awaited where there is nothing to do: that would cost every call of JSON a turn.
      if (call.body.dispose !== undefined) await call.body.dispose();
    }
  }

  private async run(call: CallContext, response: ServerResponse): Promise<void> {
    let given: CallAnswer | undefined;
    try {
      const hooks = this.extensions.onRequest(call);
      given = hooks instanceof Promise ? await hooks : hooks;
    } catch (thrown) {
      const error = GatewayError.from(thrown);
      this.report(call, error);
      this.bus.emit(new CallRefused(call, error));
      setAnswerHeaders(response, call);
      writeError(response, error, call.requestId);
      return;
    }
    this.bus.emit(new CallAdmitted(call));
    try {
      if (given === undefined) await this.answer(call, response);
      else await this.complete(call, response, given);
    } catch (error) {
      await this.fail(call, response, GatewayError.from(error));
    }
  }

  private async answer(call: CallContext, response: ServerResponse): Promise<void> {
    const lookup = this.extensions.onCacheLookup(call);
    const cached = lookup instanceof Promise ? await lookup : lookup;
    if (cached !== undefined) {
      await this.complete(call, response, cached);
      return;
    }
    if (call.streaming) this.streams.expect(response, call);
    const result = await this.dispatcher.dispatch(call);
    if (result instanceof CommittedStream) {
      const filter = filterOf(result, call, this.extensions);
      const kept = call.keepsAnswerBytes === 0 ? undefined : new KeptStream(call.keepsAnswerBytes, filter?.pass);
      await this.streams.write(response, call, result, kept === undefined ? filter?.pass : kept.pass);
      if (filter !== undefined) await this.writeRest(response, call, filter, kept);
      call.answer = kept?.answer(result.contentType);
      this.bus.emit(new CallCompleted(call));
      await this.onceRecorded(call, response, () => this.streams.finish(response));
      return;
    }
    // A provider may answer whole what others stream.
    this.streams.forget(response);
    const hooks = this.extensions.onResponse(call, result);
    const changed = hooks instanceof Promise ? await hooks : hooks;
    const answer = changed === undefined ? result : { contentType: result.contentType, bytes: changed };
    const waiting = this.complete(call, response, answer);
    if (waiting !== undefined) await waiting;
  }

  /** What extensions have held back to the end of a stream. */
  private async writeRest(
    response: ServerResponse,
    call: CallContext,
    filter: ChunkFilter,
    kept: KeptStream | undefined,
  ): Promise<void> {
    // Extensions may take long over the end.
    this.streams.flush(response);
    const end = filter.end();
    const rest = end instanceof Promise ? await end : end;
    if (call.cancellation.cancelled) throw GatewayError.from(call.cancellation.reason);
    if (rest === undefined) return;
    kept?.keep(rest);
    response.write(rest);
  }

  /** @returns a promise only where there is something to wait for. */
  private complete(call: CallContext, response: ServerResponse, answer: CallAnswer): void | Promise<void> {
    call.answer = answer;
    if (call.cancellation.cancelled) throw GatewayError.from(call.cancellation.reason);
    const headers = answerHeaders(call);
    headers.push('content-type', answer.contentType, 'content-length', String(sizeOf(answer)));
    this.bus.emit(new CallCompleted(call));
    return this.onceRecorded(call, response, () => {
      response.writeHead(200, headers);
      return this.streams.sendWhole(response, call, answer);
    });
  }

  /**
   * Sends what is left of an answer once its call is on record. Nobody gets one that nobody would know of: its end is an
   * error then.
   * @returns a promise only where there is something to wait for.
   */
  private onceRecorded(
    call: CallContext,
    response: ServerResponse,
    send: () => void | Promise<void>,
  ): void | Promise<void> {
    if (call.recording === undefined) return send();
    this.streams.hold(response);
    return call.recording.then(
      () => (response.destroyed ? undefined : send()),
      (error: unknown) => this.end(call, response, GatewayError.from(error)),
    );
  }

  private async fail(call: CallContext, response: ServerResponse, error: GatewayError): Promise<void> {
    this.streams.forget(response);
    this.report(call, error);
    await tellFailed(call, error, this.extensions, this.bus);
    this.end(call, response, error);
  }

  private end(call: CallContext, response: ServerResponse, error: GatewayError): void {
    if (response.destroyed) return;
    if (this.streams.isOpen(response)) {
      this.streams.fail(response, error);
    } else {
      setAnswerHeaders(response, call);
      writeError(response, error, call.requestId);
    }
  }

  /** What nobody foresaw is for the operator to read; the caller gets the id to name it by. */
  private report(call: CallContext, error: GatewayError): void {
    if (error.code === 'server_error') this.logger.error(`Request ${call.requestId} failed`, error.cause ?? error);
  }
}
