import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { type ProviderLimits } from '../provider-limits.js';
import { type UnsupportedParameters } from '../unsupported-parameters.js';

/** Where Bedrock falls short of OpenAI's API. Models fall short of Bedrock in more; this is what Claude is asked. */
export const BEDROCK_LIMITS: ProviderLimits = {
  'chat.parallel_tool_calls.off': { effect: 'left out', reason: 'Converse has no such setting.' },
  'chat.tool_choice.none': {
    effect: 'changed',
    reason: 'Converse has no such choice: the tools are left out, unless the conversation holds calls already.',
  },
  'chat.functions': { effect: 'refused', reason: 'Converse takes tools in place of functions.' },
  'chat.json_object': { effect: 'changed', reason: 'Converse has no such mode: an instruction asks for it.' },
  'chat.images.url': { effect: 'refused', reason: 'Bedrock fetches no images.' },
  'chat.audio_input': { effect: 'refused', reason: 'The models that hear are not asked through Converse.' },
  'chat.audio_output': { effect: 'refused', reason: 'The models that speak are not asked through Converse.' },
  'chat.system_midway': { effect: 'changed', reason: 'All instructions stand before the conversation.' },
  'chat.message_names': { effect: 'left out', reason: 'Converse’s messages have no names.' },
  'chat.refusals': { effect: 'absent', reason: 'Bedrock says that it filtered an answer, not in which words.' },
  'chat.reasoning_tokens': { effect: 'absent', reason: 'Bedrock counts reasoning among the output.' },
  'chat.temperature_above_1': { effect: 'changed', reason: 'Converse’s temperature ends at 1, which stands for more.' },
  'chat.seed': { effect: 'left out', reason: 'Converse has no seed.' },
  'chat.frequency_penalty': { effect: 'left out', reason: 'Converse has no penalties.' },
  'chat.presence_penalty': { effect: 'left out', reason: 'Converse has no penalties.' },
  'chat.logit_bias': { effect: 'left out', reason: 'Converse has no bias.' },
  'chat.logprobs': { effect: 'left out', reason: 'Converse does not tell probabilities.' },
  'chat.n': { effect: 'refused', reason: 'Converse gives one answer to a request.' },
  'chat.user': { effect: 'changed', reason: 'It is on the usage record; Bedrock is not told.' },
  'chat.store': { effect: 'left out', reason: 'Nothing is stored at Bedrock.' },
  'chat.safety_identifier': { effect: 'left out', reason: 'Converse has no such field.' },
  'chat.prompt_cache_key': { effect: 'left out', reason: 'Bedrock caches by breakpoints (`cache_control`).' },
  'chat.prediction': { effect: 'left out', reason: 'Bedrock predicts nothing; it would only make an answer faster.' },
  'chat.verbosity': { effect: 'left out', reason: 'Converse has no such setting; instructions say it.' },
  'chat.web_search_options': {
    effect: 'left out',
    reason: 'Searching is a tool of some models’ own: send it in `tools` as `{systemTool: {name}}`.',
  },
  'chat.unknown_parameters': {
    effect: 'left out',
    reason: 'Of Converse’s own, those of `bedrock.request.ts` are passed on.',
  },
  'embeddings.token_ids': { effect: 'refused', reason: 'The models take texts.' },
  'embeddings.user': { effect: 'changed', reason: 'It is on the usage record; Bedrock is not told.' },
};

/** The parameters that have a counterpart, whichever the model, and those that are the gateway's own business. */
const KNOWN: ReadonlySet<string> = new Set([
  'max_completion_tokens',
  'max_tokens',
  'messages',
  'metadata',
  'model',
  'parallel_tool_calls',
  'reasoning',
  'reasoning_effort',
  'response_format',
  'service_tier',
  'stop',
  'stream',
  'stream_options',
  'temperature',
  'thinking',
  'tool_choice',
  'tools',
  'top_k',
  'top_p',
  'user',
  // Converse's own.
  'additionalModelRequestFields',
  'additionalModelResponseFieldPaths',
  'guardrailConfig',
  'performanceConfig',
  'promptVariables',
  'requestMetadata',
]);

/** Values by which a parameter asks for nothing. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  n: 1,
  logprobs: false,
  top_logprobs: 0,
  presence_penalty: 0,
  frequency_penalty: 0,
  store: false,
  verbosity: 'medium',
};

/**
 * Names every parameter that Bedrock has nothing for.
 * @throws GatewayError `unsupported_parameter` where the policy is strict.
 */
export function reportOthers(request: ChatCompletionRequest, unsupported: UnsupportedParameters): void {
  for (const [name, value] of Object.entries(request)) {
    if (!KNOWN.has(name) && asksForSomething(name, value)) unsupported.add(name);
  }
}

function asksForSomething(name: string, value: unknown): boolean {
  if (value === undefined || value === null || value === DEFAULTS[name]) return false;
  if (name === 'modalities') return JSON.stringify(value) !== '["text"]';
  // No functions, no bias; but searching needs no options.
  return typeof value !== 'object' || Object.keys(value).length > 0 || name === 'web_search_options';
}
