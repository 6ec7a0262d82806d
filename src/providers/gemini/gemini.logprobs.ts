import { type LogprobsResult, type TokenLogprob } from './gemini.types.js';

interface ChatTokenLogprob {
  token: string;
  logprob: number;
  bytes: number[];
}

/** @see https://platform.openai.com/docs/api-reference/chat/object#chat/object-choices */
export interface ChatLogprobs {
  content: (ChatTokenLogprob & { top_logprobs: ChatTokenLogprob[] })[];
  refusal: null;
}

/** `null` where there are none, as OpenAI says it. */
export function toChatLogprobs(result: LogprobsResult | undefined): ChatLogprobs | null {
  const chosen = result?.chosenCandidates;
  if (chosen === undefined) return null;
  return {
    content: chosen.map((token, index) => ({
      ...toToken(token),
      top_logprobs: (result?.topCandidates?.[index]?.candidates ?? []).map(toToken),
    })),
    refusal: null,
  };
}

function toToken({ token = '', logProbability = 0 }: TokenLogprob): ChatTokenLogprob {
  return { token, logprob: logProbability, bytes: [...Buffer.from(token)] };
}
