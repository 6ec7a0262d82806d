import { UpstreamError } from '../../errors/upstream-error.js';
import { type MultipartForm } from '../../protocol/multipart-form.js';
import { unitsFromOpenAi, unitsOfDuration, unitsOfSubtitles } from '../../protocol/openai-units.js';
import { tokenUsageFromOpenAi } from '../../protocol/openai-usage.js';
import {
  headerValue,
  type UpstreamHeaders,
  type UpstreamResponse,
  withStatus,
} from '../../upstream/upstream-request.js';
import { writeForm } from '../form-writer.js';
import { type HttpDialect, type StreamTranslator } from '../http-dialect.js';
import { type Answer } from '../provider-adapter.interface.js';
import { type ProviderEndpoint } from '../provider-endpoint.js';
import { toOpenAiError } from './openai.errors.js';
import { ByteReader, OpenAiEventReader, WholeReader } from './openai.events.js';
import { answerOf, membersIn } from './openai.response.js';

/**
 * An operation that takes a form with files: transcriptions, translations, edits of images. The form goes on as it came,
 * but for the model's name, and the answer, which may be JSON, text, subtitles or events, comes back as it is.
 *
 * @see https://platform.openai.com/docs/api-reference/audio/createTranscription
 * @see https://platform.openai.com/docs/api-reference/images/createEdit
 */
export function formDialect<Request>(endpoint: ProviderEndpoint, path: string): HttpDialect<Request, MultipartForm> {
  return {
    toRequest: ({ body, upstreamModel }) => endpoint.postForm(path, writeForm(body, { model: upstreamModel })),
    toAnswer: toFormAnswer,
    toStream: (_call, headers) => readerOf(headers),
    // Whisper takes no notice of `stream`.
    mayAnswerWhole: true,
    toError: toOpenAiError,
  };
}

/** @throws UpstreamError for JSON that is broken, or that holds an error. */
export function toFormAnswer(response: UpstreamResponse): Answer {
  const contentType = headerValue(response.headers, 'content-type') ?? UNKNOWN;
  if (!contentType.startsWith(JSON_TYPE)) {
    const { body } = response;
    const isText = contentType.startsWith('text/');
    const units = isText ? unitsOfSubtitles(body.toString('utf8')) : undefined;
    return { contentType, bytes: body, usage: undefined, units, textBytes: isText ? body.length : 0 };
  }
  const members = membersIn(response);
  if (!members.isWhole) {
    throw new UpstreamError('upstream_invalid_response', { message: 'The provider’s answer is not whole.' });
  }
  // Some services send an error envelope with status 200.
  if (members.parse('error')) throw toOpenAiError(withStatus(response, 502));
  const text = members.parse('text');
  const usage = members.parse('usage');
  return answerOf(response, {
    // Counted in seconds, it has no tokens.
    usage: tokenUsageFromOpenAi(usage),
    units: unitsFromOpenAi(usage) ?? unitsOfDuration(members.parse('duration')),
    textBytes: typeof text === 'string' ? Buffer.byteLength(text) : 0,
  });
}

const JSON_TYPE = 'application/json';
const UNKNOWN = 'application/octet-stream';

function readerOf(headers: UpstreamHeaders): StreamTranslator {
  const contentType = headerValue(headers, 'content-type') ?? UNKNOWN;
  if (contentType.startsWith('text/event-stream')) return new OpenAiEventReader(contentType);
  if (!contentType.startsWith(JSON_TYPE)) return new ByteReader(contentType);
  return new WholeReader(contentType, (body) => toFormAnswer({ status: 200, headers, body }));
}
