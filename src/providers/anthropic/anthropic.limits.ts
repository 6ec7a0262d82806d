import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { isObject } from '../../protocol/json.js';
import { type ProviderLimits } from '../provider-limits.js';
import { type UnsupportedParameters } from '../unsupported-parameters.js';
import { type MessagesRequest } from './anthropic.types.js';

/** Parameters that the Messages API has nothing for, with the reason. */
export const LEFT_OUT = {
  seed: 'Anthropic has no seed.',
  presence_penalty: 'Anthropic has no penalties.',
  frequency_penalty: 'Anthropic has no penalties.',
  logit_bias: 'Anthropic has no bias, and its tokens have other numbers.',
  prediction: 'Anthropic predicts nothing; it would only make an answer faster.',
  store: 'Nothing is stored at Anthropic.',
  verbosity: 'Anthropic has no such setting; instructions say it.',
  prompt_cache_key: 'Anthropic caches by breakpoints (`cache_control`).',
  prompt_cache_retention: 'Anthropic’s breakpoints carry their own lifetime.',
  web_search_options: 'Searching is a tool of Anthropic’s own: send it in `tools`.',
  container: 'A tool of the provider needs it whose results an OpenAI answer cannot show.',
  mcp_servers: 'A beta whose results an OpenAI answer cannot show.',
  context_management: 'A beta; the provider would edit the conversation and bill for it out of sight.',
  anthropic_beta: 'Betas are chosen by the operator, in the headers of the provider’s settings.',
} as const satisfies Readonly<Record<string, string>>;

/** @see https://platform.claude.com/docs/en/api/openai-sdk */
export const ANTHROPIC_LIMITS: ProviderLimits = {
  'chat.functions': { effect: 'refused', reason: 'Anthropic takes tools in place of functions.' },
  'chat.json_object': { effect: 'changed', reason: 'Anthropic has no such mode: an instruction asks for it.' },
  'chat.audio_input': { effect: 'refused', reason: 'Anthropic’s models hear nothing.' },
  'chat.audio_output': { effect: 'refused', reason: 'Anthropic’s models do not speak.' },
  'chat.system_midway': { effect: 'changed', reason: 'All instructions stand before the conversation.' },
  'chat.message_names': { effect: 'left out', reason: 'Anthropic’s messages have no names.' },
  'chat.temperature_above_1': {
    effect: 'changed',
    reason: 'Anthropic’s temperature ends at 1, which stands for more.',
  },
  'chat.logprobs': { effect: 'refused', reason: 'Anthropic does not tell probabilities.' },
  'chat.n': { effect: 'refused', reason: 'Anthropic gives one answer to a request.' },
  'chat.metadata': { effect: 'left out', reason: 'Anthropic’s metadata holds the user alone (`user_id`).' },
  'chat.safety_identifier': { effect: 'changed', reason: 'It is sent as the user, where the request names none.' },
  'chat.seed': { effect: 'left out', reason: LEFT_OUT.seed },
  'chat.presence_penalty': { effect: 'left out', reason: LEFT_OUT.presence_penalty },
  'chat.frequency_penalty': { effect: 'left out', reason: LEFT_OUT.frequency_penalty },
  'chat.logit_bias': { effect: 'left out', reason: LEFT_OUT.logit_bias },
  'chat.prediction': { effect: 'left out', reason: LEFT_OUT.prediction },
  'chat.store': { effect: 'left out', reason: LEFT_OUT.store },
  'chat.verbosity': { effect: 'left out', reason: LEFT_OUT.verbosity },
  'chat.prompt_cache_key': { effect: 'left out', reason: LEFT_OUT.prompt_cache_key },
  'chat.web_search_options': { effect: 'left out', reason: LEFT_OUT.web_search_options },
  'chat.unknown_parameters': {
    effect: 'left out',
    reason: 'Of Anthropic’s own, `thinking`, `top_k` and `output_config` are passed on.',
  },
};

/** What `toMessagesRequest` reads, or refuses by itself. */
const READ: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'reasoning_effort',
  'reasoning',
  'thinking',
  'output_config',
  'temperature',
  'top_p',
  'top_k',
  'user',
  'safety_identifier',
  'metadata',
  'service_tier',
  'n',
  'functions',
  'logprobs',
  'modalities',
  // These mean nothing without the one that is refused.
  'audio',
  'top_logprobs',
  'function_call',
]);

/** What OpenAI’s API assumes anyway. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  presence_penalty: 0,
  frequency_penalty: 0,
  store: false,
  verbosity: 'medium',
};

/**
 * Names what of a request is not in the one that is sent.
 * @throws GatewayError `unsupported_parameter` where the policy is strict.
 */
export function reportLeftOut(
  request: ChatCompletionRequest,
  sent: MessagesRequest,
  unsupported: UnsupportedParameters,
): void {
  for (const [name, value] of Object.entries(request)) {
    if (!READ.has(name) && asksForSomething(name, value) && value !== DEFAULTS[name]) unsupported.add(name);
  }
  request.messages.forEach((message, index) => {
    const named = 'name' in message && message.role !== 'tool' && message.role !== 'function' && message.name;
    if (named) unsupported.add(`messages[${index}].name`);
  });
  for (const name of LESS_ON_SOME_MODELS) {
    if (typeof request[name] === 'number' && sent[name] === undefined) unsupported.add(name);
  }
  const { stop, reasoning_effort: effort, metadata, service_tier: tier } = request;
  const stops = typeof stop === 'string' ? 1 : (stop?.length ?? 0);
  if (stops > (sent.stop_sequences?.length ?? 0)) unsupported.add('stop');
  const thinks = sent.thinking !== undefined || sent.output_config?.['effort'] !== undefined;
  if (typeof effort === 'string' && effort !== 'none' && !thinks) unsupported.add('reasoning_effort');
  if (Object.keys(metadata ?? {}).some((name) => name !== 'user_id')) unsupported.add('metadata');
  if (typeof tier === 'string' && sent.service_tier === undefined) unsupported.add('service_tier');
}

/** Models differ in which of these they take together, or beside thinking. */
const LESS_ON_SOME_MODELS = ['temperature', 'top_p', 'top_k'] as const;

function asksForSomething(name: string, value: unknown): boolean {
  if (value === null || value === undefined) return false;
  // No bias; but searching needs no options.
  return !isObject(value) || Object.keys(value).length > 0 || name === 'web_search_options';
}
