import { Injectable } from '@nestjs/common';
import { Callers } from '../auth/callers.js';
import { type Caller } from '../auth/principal-resolver.js';
import { CommittedStream } from '../dispatch/committed-stream.js';
import { DispatchService } from '../dispatch/dispatch.service.js';
import { GatewayError } from '../errors/gateway-error.js';
import { type CallAnswer } from '../events/call-answer.js';
import { type CallContext } from '../events/call-context.js';
import { CallAdmitted, CallCompleted, CallRefused } from '../events/gateway-events.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { chunksOf } from '../extensions/chunk-filter.js';
import { ExtensionPipeline } from '../extensions/extension-pipeline.js';
import {
  type ChatCompletion,
  type ChatCompletionChunk,
  type ChatCompletionRequest,
} from '../protocol/chat-completions.js';
import { type EmbeddingList, type EmbeddingRequest } from '../protocol/embeddings.js';
import { decodeUtf8 } from '../protocol/utf8.js';
import { KeptStream } from '../streaming/kept-stream.js';
import { readStream } from '../streaming/stream-reader.js';
import { AdmissionService } from './admission.service.js';
import { filterOf, tellFailed } from './call-steps.js';
import { type JsonEndpoint } from './endpoint.js';
import { JSON_ENDPOINTS } from './json-endpoints.js';

const CHATS = JSON_ENDPOINTS['/v1/chat/completions'];
const EMBEDS = JSON_ENDPOINTS['/v1/embeddings'];

/** Who asks where nobody is named. */
const APPLICATION: Caller = { name: 'application' };

/** How one of the host's own calls is made. */
export interface HostCallOptions {
  /** In whose name: what limits it, and stands on its usage record. Default: `application`, which nothing limits. */
  readonly caller?: Caller;
  /** Ends the call. */
  readonly signal?: AbortSignal;
  /** What a client would say by headers, in lower case: an `idempotency-key`, say. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The gateway for the host's own services, without HTTP. A call goes the way of every other: the same limits, extensions
 * and routing, and one usage record.
 * @publicApi
 */
@Injectable()
export class GatewayService {
  private readonly callers = new Callers();

  constructor(
    private readonly admission: AdmissionService,
    private readonly extensions: ExtensionPipeline,
    private readonly dispatcher: DispatchService,
    private readonly bus: GatewayEventBus,
  ) {}

  /** @throws GatewayError */
  chat(request: ChatCompletionRequest, options: HostCallOptions = {}): Promise<ChatCompletion> {
    return this.ask<ChatCompletion>(CHATS, { ...request, stream: false }, options);
  }

  /** @throws GatewayError */
  embed(request: EmbeddingRequest, options: HostCallOptions = {}): Promise<EmbeddingList> {
    return this.ask<EmbeddingList>(EMBEDS, { ...request }, options);
  }

  /**
   * The chunks as they come. Nothing is asked before the first is taken; who stops taking them ends the call, and who is
   * slow makes the provider wait. As an Observable: `from(gateway.chatStream(request))`.
   * @throws GatewayError
   */
  async *chatStream(
    request: ChatCompletionRequest,
    options: HostCallOptions = {},
  ): AsyncGenerator<ChatCompletionChunk, void, undefined> {
    const call = this.admit(CHATS, { ...request, stream: true }, options);
    const unlink = linked(call, options.signal);
    try {
      const given = await this.open(call);
      yield* this.chunks(call, given);
    } finally {
      unlink();
    }
  }

  private async ask<Answer>(
    endpoint: JsonEndpoint,
    request: Record<string, unknown>,
    options: HostCallOptions,
  ): Promise<Answer> {
    const call = this.admit(endpoint, request, options);
    const unlink = linked(call, options.signal);
    try {
      const given = await this.open(call);
      let answer: CallAnswer;
      try {
        answer = given ?? (await this.extensions.onCacheLookup(call)) ?? (await this.whole(call));
        if (call.cancellation.cancelled) throw GatewayError.from(call.cancellation.reason);
        call.answer = answer;
        this.bus.emit(new CallCompleted(call));
      } catch (thrown) {
        throw await this.failed(call, thrown);
      }
      await recorded(call);
      return JSON.parse(decodeUtf8(answer.bytes)) as Answer;
    } finally {
      unlink();
    }
  }

  private admit(
    endpoint: JsonEndpoint,
    request: Record<string, unknown>,
    { caller = APPLICATION, headers = {} }: HostCallOptions,
  ): CallContext {
    return this.admission.admitOwn(this.callers.principalOf(caller), endpoint, request, headers);
  }

  /**
   * Has the extensions accept it.
   * @returns the answer of one that has it.
   */
  private async open(call: CallContext): Promise<CallAnswer | undefined> {
    let given: CallAnswer | undefined;
    try {
      given = await this.extensions.onRequest(call);
    } catch (thrown) {
      const error = GatewayError.from(thrown);
      this.bus.emit(new CallRefused(call, error));
      throw error;
    }
    this.bus.emit(new CallAdmitted(call));
    return given;
  }

  private async whole(call: CallContext): Promise<CallAnswer> {
    const result = await this.dispatcher.dispatch(call);
    if (result instanceof CommittedStream) throw new GatewayError('upstream_invalid_response');
    const changed = await this.extensions.onResponse(call, result);
    return changed === undefined ? result : { ...result, bytes: changed };
  }

  private async *chunks(
    call: CallContext,
    given: CallAnswer | undefined,
  ): AsyncGenerator<ChatCompletionChunk, void, undefined> {
    let isOver = false;
    try {
      for await (const bytes of this.events(call, given)) yield* chunksOf(bytes);
      isOver = true;
      this.bus.emit(new CallCompleted(call));
    } catch (thrown) {
      isOver = true;
      throw await this.failed(call, thrown);
    } finally {
      if (!isOver) {
        call.cancellation.cancel(new GatewayError('client_closed_request'));
        await this.failed(call, call.cancellation.reason);
      }
    }
    await recorded(call);
  }

  /** The events of a streamed answer, as extensions let them through. */
  private async *events(call: CallContext, given: CallAnswer | undefined): AsyncGenerator<Buffer, void, undefined> {
    const kept = given ?? (await this.extensions.onCacheLookup(call));
    if (kept !== undefined) {
      call.answer = kept;
      yield kept.bytes;
      return;
    }
    const result = await this.dispatcher.dispatch(call);
    if (!(result instanceof CommittedStream)) throw new GatewayError('upstream_invalid_response');
    const filter = filterOf(result, call, this.extensions);
    const keeping = call.keepsAnswerBytes === 0 ? undefined : new KeptStream(call.keepsAnswerBytes);
    for await (const bytes of readStream(result, call)) {
      const passed = filter === undefined ? bytes : filter.pass(bytes);
      keeping?.keep(passed);
      yield passed;
    }
    const rest = await filter?.end();
    if (rest !== undefined) {
      keeping?.keep(rest);
      yield rest;
    }
    call.answer = keeping?.answer(undefined);
  }

  private async failed(call: CallContext, thrown: unknown): Promise<GatewayError> {
    const error = GatewayError.from(thrown);
    await tellFailed(call, error, this.extensions, this.bus);
    return error;
  }
}

/** @throws GatewayError where nobody would know of the answer: it is not given then. */
async function recorded({ recording }: CallContext): Promise<void> {
  try {
    await recording;
  } catch (error) {
    throw GatewayError.from(error);
  }
}

/** Cancels the call with the signal. @returns the way to take that back. */
function linked(call: CallContext, signal: AbortSignal | undefined): () => void {
  if (signal === undefined) return () => undefined;
  const cancel = (): void =>
    call.cancellation.cancel(new GatewayError('client_closed_request', { cause: signal.reason }));
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  return () => signal.removeEventListener('abort', cancel);
}
