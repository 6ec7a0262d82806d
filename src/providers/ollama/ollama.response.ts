import { UpstreamError } from '../../errors/upstream-error.js';
import { type ChatCompletion } from '../../protocol/chat-completions.js';
import { isObject } from '../../protocol/json.js';
import { toChatUsage } from '../../protocol/openai-usage.js';
import { type UpstreamResponse } from '../../upstream/upstream-request.js';
import { type ChunkHead } from '../chunk-writer.js';
import { type Answer } from '../provider-adapter.interface.js';
import { createdOf, readAnswer, readMessage, textOf, toFinishReason, toTokenUsage } from './ollama.answer.js';
import { toChatLogprobs } from './ollama.logprobs.js';

/**
 * Ollama's answer as OpenAI's chat completion.
 * @throws UpstreamError where it is not the answer to a chat.
 * @see https://docs.ollama.com/api/chat
 */
export function toChatAnswer({ body }: UpstreamResponse, { id, model }: ChunkHead): Answer {
  const answer = readAnswer(body);
  if (!isObject(answer.message)) {
    throw new UpstreamError('upstream_invalid_response', { message: 'The provider’s answer has no message.' });
  }
  const { content, thinking, toolCalls } = readMessage(answer);
  const usage = toTokenUsage(answer);
  const completion: ChatCompletion = {
    id,
    object: 'chat.completion',
    created: createdOf(answer),
    model: textOf(answer.model) || model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: content === '' && toolCalls.length > 0 ? null : content,
          refusal: null,
          ...(thinking === '' ? {} : { reasoning_content: thinking }),
          ...(toolCalls.length === 0
            ? {}
            : {
                tool_calls: toolCalls.map((call) => ({
                  id: call.id,
                  type: 'function',
                  function: { name: call.name, arguments: call.arguments },
                })),
              }),
        },
        logprobs: toChatLogprobs(answer.logprobs),
        finish_reason: toFinishReason(answer.done_reason, toolCalls.length > 0),
      },
    ],
    ...(usage === undefined ? {} : { usage: toChatUsage(usage) }),
  };
  const written = [content, thinking, ...toolCalls.map((call) => call.arguments)];
  return {
    contentType: 'application/json',
    bytes: Buffer.from(JSON.stringify(completion)),
    usage,
    textBytes: written.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
  };
}
