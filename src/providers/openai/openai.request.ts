import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { type CompletionRequest } from '../../protocol/completions.js';
import { type JsonBody } from '../../protocol/json-body.js';

export interface ChatRequestEdits {
  /** The model by the provider's name for it. */
  readonly upstreamModel: string;
  /** Whether the answer is to be a stream. */
  readonly streaming: boolean;
  /** Whether the provider counts tokens in a stream only when asked to. */
  readonly asksForUsage: boolean;
}

/** A request as the provider gets it: the client's own bytes, with the model's name replaced where it differs. */
export function withModel(body: JsonBody, upstreamModel: string): Buffer {
  return body.edited(modelEdit(body, upstreamModel));
}

/**
 * A request for chat or text as the provider gets it: the client's own bytes, with the model's name replaced where it differs and,
 * for a stream, `stream_options.include_usage` switched on, since without it nobody says what the stream cost.
 *
 * @see https://platform.openai.com/docs/api-reference/chat/create#chat-create-stream_options
 */
export function toChatRequest(
  body: JsonBody,
  request: ChatCompletionRequest | CompletionRequest,
  { upstreamModel, streaming, asksForUsage }: ChatRequestEdits,
): Buffer {
  const edits = modelEdit(body, upstreamModel);
  if (streaming && asksForUsage && request.stream_options?.include_usage !== true) {
    edits['stream_options'] = JSON.stringify({ ...request.stream_options, include_usage: true });
  }
  return body.edited(edits);
}

/** What the body says counts: where it names no model the request has a default, which the provider may not share. */
function modelEdit(body: JsonBody, upstreamModel: string): Record<string, string> {
  return body.value['model'] === upstreamModel ? {} : { model: JSON.stringify(upstreamModel) };
}
