import { type ChatFinishReason } from '../../protocol/chat-completions.js';

/**
 * Why a model of Anthropic's stopped, in OpenAI's words. `pause_turn` is `length`: the provider paused a turn of its own
 * tools half-way, so the answer is not complete.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons
 */
export function toFinishReason(stopReason: string | null | undefined): ChatFinishReason {
  switch (stopReason) {
    case 'tool_use':
      return 'tool_calls';
    case 'max_tokens':
    case 'model_context_window_exceeded':
    case 'pause_turn':
      return 'length';
    case 'refusal':
      return 'content_filter';
    default:
      // `end_turn`, `stop_sequence`, and what is not known yet.
      return 'stop';
  }
}
