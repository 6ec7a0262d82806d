import { type ChatFinishReason } from '../../protocol/chat-completions.js';

/**
 * Why a model stopped, in OpenAI's words.
 *
 * @param hasToolCalls in the answer: Bedrock says `tool_use` also of tools that it has run itself, and some models say
 * `end_turn` after a call.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_MessageStopEvent.html
 */
export function toFinishReason(stopReason: string | null | undefined, hasToolCalls: boolean): ChatFinishReason {
  switch (stopReason) {
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'guardrail_intervened':
    case 'content_filtered':
    case 'refusal':
      return 'content_filter';
    default:
      // `end_turn`, `tool_use`, `stop_sequence`, malformed output, and what is not known yet.
      return hasToolCalls ? 'tool_calls' : 'stop';
  }
}
