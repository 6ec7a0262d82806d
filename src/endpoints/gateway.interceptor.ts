import { type ServerResponse } from 'node:http';
import { type CallHandler, type ExecutionContext, Injectable, Logger, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { firstValueFrom, type Observable, of } from 'rxjs';
import { type DispatchResult } from '../dispatch/dispatch.service.js';
import { CommittedStream } from '../dispatch/committed-stream.js';
import { GatewayError } from '../errors/gateway-error.js';
import { toGatewayError, writeError } from '../errors/openai-error.filter.js';
import { type CallContext } from '../events/call-context.js';
import { CallAdmitted, CallCompleted, CallFailed } from '../events/gateway-events.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { ExtensionPipeline } from '../extensions/extension-pipeline.js';
import { answerHeaders, setAnswerHeaders } from '../streaming/answer-headers.js';
import { ResponseStreams } from '../streaming/response-streams.js';
import { AdmissionService } from './admission.service.js';
import { ENDPOINT_DEFINITION, type EndpointDefinition, type GatewayRequest } from './endpoint-definition.js';

/**
 * The way round every call: in come its request and what extensions have to say, out goes the answer or the stream.
 *
 * One interceptor does what could be three (Nest spends 5 % of a request on each further one), and each step is a class
 * of its own.
 */
@Injectable()
export class GatewayInterceptor implements NestInterceptor {
  private readonly logger = new Logger(GatewayInterceptor.name);

  constructor(
    private readonly reflector: Reflector,
    private readonly admission: AdmissionService,
    private readonly extensions: ExtensionPipeline,
    private readonly streams: ResponseStreams,
    private readonly bus: GatewayEventBus,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler<DispatchResult>): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<GatewayRequest>();
    const response = http.getResponse<ServerResponse>();
    const definition = this.reflector.get<EndpointDefinition>(ENDPOINT_DEFINITION, context.getHandler());
    const call = await this.admission.admit(request, definition);
    request.call = call;
    cancelWhenLeft(call, request, response);
    try {
      await this.extensions.onRequest(call);
    } catch (thrown) {
      const error = toGatewayError(thrown);
      this.report(call, error);
      writeError(response, error, call.requestId);
      return ANSWERED;
    }
    this.bus.emit(new CallAdmitted(call));
    try {
      await this.answer(call, response, next);
    } catch (error) {
      await this.fail(call, response, GatewayError.from(error));
    }
    return ANSWERED;
  }

  private async answer(call: CallContext, response: ServerResponse, next: CallHandler<DispatchResult>): Promise<void> {
    const cached = await this.extensions.onCacheLookup(call);
    if (cached !== undefined) {
      this.complete(call, response, 'application/json', Buffer.from(JSON.stringify(cached)));
      return;
    }
    if (call.streaming) this.streams.expect(response, call);
    const result = await firstValueFrom(next.handle());
    if (result instanceof CommittedStream) {
      await this.streams.write(response, call, result, this.extensions.chunkWatcher(call));
      this.bus.emit(new CallCompleted(call));
      this.streams.finish(response);
      return;
    }
    await this.extensions.onResponse(call, result.bytes);
    this.complete(call, response, result.contentType, result.bytes);
  }

  private complete(call: CallContext, response: ServerResponse, contentType: string, bytes: Buffer): void {
    if (call.cancellation.cancelled) throw GatewayError.from(call.cancellation.reason);
    response.writeHead(200, [
      'content-type',
      contentType,
      'content-length',
      String(bytes.length),
      ...answerHeaders(call),
    ]);
    this.bus.emit(new CallCompleted(call));
    response.end(bytes);
  }

  private async fail(call: CallContext, response: ServerResponse, error: GatewayError): Promise<void> {
    this.report(call, error);
    await this.extensions.onError(call, error);
    this.bus.emit(new CallFailed(call, error, error.code === 'client_closed_request'));
    if (response.destroyed) return;
    if (this.streams.isOpen(response)) {
      this.streams.fail(response, error);
    } else {
      this.streams.forget(response);
      setAnswerHeaders(response, call);
      writeError(response, error, call.requestId);
    }
  }

  /** What nobody foresaw is for the operator to read; the caller gets the id to name it by. */
  private report(call: CallContext, error: GatewayError): void {
    if (error.code === 'server_error') this.logger.error(`Request ${call.requestId} failed`, error.cause ?? error);
  }
}

/** Cancels a call when its client leaves before it has the whole answer. */
function cancelWhenLeft(call: CallContext, { socket }: GatewayRequest, response: ServerResponse): void {
  const whenClosed = (): void => {
    socket.off('close', whenClosed);
    if (!response.writableFinished) call.cancellation.cancel(new GatewayError('client_closed_request'));
  };
  // It may have left before it was let in.
  if (response.destroyed || socket.destroyed) whenClosed();
  else response.once('close', whenClosed);
  // A response that waits behind others of its connection has no socket yet, and does not hear of the socket's end.
  if (response.socket === null) socket.once('close', whenClosed);
}

/** Nest waits for one value; the answer itself has been written by then. */
const ANSWERED: Observable<unknown> = of(undefined);
