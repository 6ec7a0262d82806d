import { type ChatFinishReason } from '../../protocol/chat-completions.js';
import { type PromptFeedback } from './gemini.types.js';

/** How an answer ended, in OpenAI's words. */
export interface Ending {
  readonly reason: ChatFinishReason;
  /** What a client can read about it, where the answer was kept back or did not come about. */
  readonly refusal: string | undefined;
}

/** What an answer held until it ended. */
export interface AnswerSoFar {
  readonly hasCalls: boolean;
  /** Anything else than thoughts. */
  readonly hasContent: boolean;
}

/**
 * Why a model of Google's stopped, in OpenAI's words. Google says `STOP` also where the model calls functions. Whatever
 * is neither an end of its own accord nor the limit of tokens becomes `content_filter` with a refusal that says why: an
 * answer that was kept back, and one that did not come about (`MALFORMED_FUNCTION_CALL`, `OTHER`), as on Google's own
 * endpoint in OpenAI's dialect. A call of a function that was not declared (`UNEXPECTED_TOOL_CALL`) is passed on: the
 * client can answer it. A reason that nobody here knows is an end like others, if something came before it.
 *
 * @see https://ai.google.dev/api/generate-content#FinishReason
 */
export function toEnding(
  finishReason: string | undefined,
  message: string | undefined,
  { hasCalls, hasContent }: AnswerSoFar,
): Ending {
  switch (finishReason) {
    case undefined:
    case 'FINISH_REASON_UNSPECIFIED':
    case 'STOP':
      return { reason: hasCalls ? 'tool_calls' : 'stop', refusal: undefined };
    case 'MAX_TOKENS':
      return { reason: 'length', refusal: undefined };
    default:
      if (hasCalls && CALL_FAULTS.has(finishReason)) return { reason: 'tool_calls', refusal: undefined };
      if (hasContent && !FAILURES.has(finishReason))
        return { reason: hasCalls ? 'tool_calls' : 'stop', refusal: undefined };
      return { reason: 'content_filter', refusal: message || `The provider ended the answer: ${finishReason}.` };
  }
}

/** A prompt that was not answered. */
export function toBlockedEnding({ blockReason, blockReasonMessage }: PromptFeedback): Ending {
  const why = blockReason === undefined ? '' : `: ${blockReason}`;
  return { reason: 'content_filter', refusal: blockReasonMessage || `The provider blocked the prompt${why}.` };
}

const CALL_FAULTS: ReadonlySet<string> = new Set(['UNEXPECTED_TOOL_CALL', 'TOO_MANY_TOOL_CALLS']);

const FAILURES: ReadonlySet<string> = new Set([
  'SAFETY',
  'RECITATION',
  'LANGUAGE',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'MODEL_ARMOR',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_RECITATION',
  'IMAGE_OTHER',
  'NO_IMAGE',
  'MALFORMED_FUNCTION_CALL',
  'MALFORMED_RESPONSE',
  'MISSING_THOUGHT_SIGNATURE',
  'OTHER',
  ...CALL_FAULTS,
]);
