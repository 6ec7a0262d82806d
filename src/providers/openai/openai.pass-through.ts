import { type SpeechRequest } from '../../protocol/audio.js';
import { type CompletionRequest } from '../../protocol/completions.js';
import { tokenUsageFromOpenAi } from '../../protocol/openai-usage.js';
import { type TokenUsage } from '../../protocol/token-usage.js';
import { headerValue, type UpstreamHeaders, type UpstreamResponse } from '../../upstream/upstream-request.js';
import { type HttpDialect } from '../http-dialect.js';
import { type Answer } from '../provider-adapter.interface.js';
import { type ProviderEndpoint } from '../provider-endpoint.js';
import { toOpenAiError } from './openai.errors.js';
import { ByteReader, OpenAiEventReader, WholeReader } from './openai.events.js';
import { toChatRequest, withModel } from './openai.request.js';
import { toChatAnswer, toListAnswer } from './openai.response.js';
import { OpenAiStreamReader } from './openai.stream.js';

// The operations beside chat, between a client and a provider that speak the same dialect: the client's bytes go on with
// only the model's name replaced, and the provider's come back as they are.

/** Completions of texts. @see https://platform.openai.com/docs/api-reference/completions */
export function completionDialect(
  endpoint: ProviderEndpoint,
  { asksForUsage }: { readonly asksForUsage: boolean },
): HttpDialect<CompletionRequest> {
  return {
    toRequest: ({ body, request, upstreamModel }, streaming) =>
      endpoint.post('/completions', toChatRequest(body, request, { upstreamModel, streaming, asksForUsage })),
    toAnswer: (response) => toChatAnswer(response, toOpenAiError),
    toStream: ({ request }) => new OpenAiStreamReader(request.stream_options?.include_usage === true, 'text'),
    toError: toOpenAiError,
  };
}

/**
 * An operation that is answered with JSON, or with a stream of events.
 * @param list the member of the JSON that holds what was asked for.
 * @param finish what is still to be done to an answer.
 */
export function listDialect<Request>(
  endpoint: ProviderEndpoint,
  path: string,
  list: 'data' | 'results',
  finish: (answer: Answer) => Answer = (answer) => answer,
): HttpDialect<Request> {
  const toAnswer = (response: UpstreamResponse): Answer => finish(toListAnswer(response, list, toOpenAiError));
  return {
    toRequest: ({ body, upstreamModel }) => endpoint.post(path, withModel(body, upstreamModel)),
    toAnswer,
    toStream: (_call, headers) =>
      isJson(headers)
        ? new WholeReader('application/json', (body) => toAnswer({ status: 200, headers, body }))
        : new OpenAiEventReader(eventType(headers) ?? EVENT_STREAM),
    // Of images only OpenAI's own models take notice of `stream`, and what came is paid for.
    mayAnswerWhole: true,
    toError: toOpenAiError,
  };
}

/** Speech: audio as it comes, or events that hold it. @see https://platform.openai.com/docs/api-reference/audio/createSpeech */
export function speechDialect(endpoint: ProviderEndpoint): HttpDialect<SpeechRequest> {
  return {
    toRequest: ({ body, upstreamModel }) => endpoint.post('/audio/speech', withModel(body, upstreamModel)),
    toAnswer: ({ headers, body }) => ({
      contentType: headerValue(headers, 'content-type') ?? UNKNOWN,
      bytes: body,
      usage: undefined,
      textBytes: 0,
    }),
    toStream: (_call, headers) => {
      const events = eventType(headers);
      return events === undefined
        ? new ByteReader(headerValue(headers, 'content-type') ?? UNKNOWN)
        : new OpenAiEventReader(events, usageOfSpeech);
    },
    toError: toOpenAiError,
  };
}

const EVENT_STREAM = 'text/event-stream; charset=utf-8';
const UNKNOWN = 'application/octet-stream';

/** What a speaking model writes is audio. */
function usageOfSpeech(value: unknown): TokenUsage | undefined {
  const usage = tokenUsageFromOpenAi(value);
  return usage === undefined ? undefined : { ...usage, output: 0, outputAudio: usage.outputAudio + usage.output };
}

const isJson = (headers: UpstreamHeaders): boolean =>
  headerValue(headers, 'content-type')?.startsWith('application/json') === true;

function eventType(headers: UpstreamHeaders): string | undefined {
  const type = headerValue(headers, 'content-type');
  return type?.startsWith('text/event-stream') === true ? type : undefined;
}
