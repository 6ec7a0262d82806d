import { type GatewayError } from '../errors/gateway-error.js';
import { type JsonBody } from '../protocol/json-body.js';
import { type RequestBody } from '../protocol/request-body.js';
import {
  type AnswerPieces,
  type UpstreamHeaders,
  type UpstreamRequest,
  type UpstreamResponse,
} from '../upstream/upstream-request.js';
import { type Answer, type ProviderCall, type StreamPart } from './provider-adapter.interface.js';

/** One operation of one provider's HTTP API as pure functions: everything but the sending. */
export interface HttpDialect<Request, Body extends RequestBody = JsonBody> {
  /** @throws GatewayError (400) where the request asks for what the provider cannot do. */
  toRequest(call: ProviderCall<Request, Body>, streaming: boolean): UpstreamRequest;
  /** @throws UpstreamError (`upstream_invalid_response`) where a 2xx answer is not what it should be. */
  toAnswer(response: UpstreamResponse, call: ProviderCall<Request, Body>): Answer;
  /**
   * What takes large whole answers in pieces, and comes to `toAnswer` as `response.pieces`. Left out: they come joined, which
   * blocks the event loop for a millisecond a MB.
   */
  readonly toPieces?: () => AnswerPieces;
  /** A reader for one stream. @param headers of the answer. */
  toStream(call: ProviderCall<Request, Body>, headers: UpstreamHeaders): StreamTranslator;
  /**
   * Whether a stream may be answered with one whole JSON, which then goes through `toStream` like any other bytes: some
   * models take no notice of `stream`. Otherwise such JSON is an error.
   */
  readonly mayAnswerWhole?: true;
  /** What an answer of status 400 and above means. */
  toError(response: UpstreamResponse): GatewayError;
}

/** Reads one provider's stream as it comes and writes OpenAI's. */
export interface StreamTranslator {
  /** What the client gets the stream as, where it is not one of chat or text completions. */
  readonly contentType?: string | undefined;
  /** Takes bytes cut anywhere; returns what they complete, or `undefined` while they complete nothing. */
  push(bytes: Buffer): StreamPart | undefined;
  /**
   * The provider's bytes have ended.
   * @returns a last part, with an `error` where the stream was not complete; `undefined` when there is nothing to add.
   */
  end(): StreamPart | undefined;
}
