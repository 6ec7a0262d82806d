import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { isObject } from '../../protocol/json.js';
import { type UnsupportedParameters } from '../unsupported-parameters.js';
import { type ModelTraits } from './gemini.models.js';

/** Tokens to think with, by OpenAI's effort; as Google's own endpoint in OpenAI's dialect has them. */
const BUDGETS: ReadonlyMap<string, number> = new Map([
  ['minimal', 1_024],
  ['low', 1_024],
  ['medium', 8_192],
  ['high', 24_576],
  ['xhigh', 32_768],
  ['max', 32_768],
]);

const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/**
 * How the model is to think. What the client says in Google's own words (`thinking_config`, also within
 * `extra_body.google`) stands; otherwise `reasoning_effort`, or OpenRouter's `reasoning: {effort, max_tokens, exclude}`,
 * becomes
 *
 * - a level on Gemini 3 and later: the nearest one that the model knows, upwards first;
 * - a budget on Gemini 2.5.
 *
 * Whoever asks for an effort gets the summaries of the thoughts too. `none` is the least that the model can do: most
 * cannot stop thinking.
 *
 * @see https://ai.google.dev/gemini-api/docs/openai#thinking
 * @see https://ai.google.dev/gemini-api/docs/thinking
 */
export function toThinkingConfig(
  request: ChatCompletionRequest,
  traits: ModelTraits,
  unsupported: UnsupportedParameters,
): Record<string, unknown> | undefined {
  const reasoning = isObject(request['reasoning']) ? request['reasoning'] : {};
  const wished = request.reasoning_effort ?? reasoning['effort'];
  const tokens = typeof reasoning['max_tokens'] === 'number' ? reasoning['max_tokens'] : undefined;
  const isOn = reasoning['enabled'] === true;
  const effort = typeof wished === 'string' ? wished : isOn || tokens !== undefined ? 'medium' : undefined;
  if (effort === undefined) return undefined;
  const name = typeof request.reasoning_effort === 'string' ? 'reasoning_effort' : 'reasoning';
  if (traits.thinking === 'none' || !EFFORTS.includes(effort)) {
    if (effort !== 'none') unsupported.add(name);
    return undefined;
  }
  const shown = effort === 'none' || reasoning['exclude'] === true ? {} : { includeThoughts: true };
  if (traits.thinking === 'level' && tokens === undefined) {
    return { ...shown, thinkingLevel: nearestLevel(effort, traits.levels) };
  }
  const [least, most] = traits.budget;
  if (effort === 'none') return { thinkingBudget: traits.canStopThinking ? 0 : least };
  const budget = tokens ?? BUDGETS.get(effort) ?? least;
  return { ...shown, thinkingBudget: most === 0 ? budget : Math.min(Math.max(budget, least), most) };
}

function nearestLevel(effort: string, levels: readonly string[]): string | undefined {
  const wished = EFFORTS.indexOf(effort);
  return levels.find((level) => EFFORTS.indexOf(level) >= wished) ?? levels.at(-1);
}
