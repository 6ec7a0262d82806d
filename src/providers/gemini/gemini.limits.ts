import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { isObject } from '../../protocol/json.js';
import { type ProviderLimits } from '../provider-limits.js';
import { type UnsupportedParameters } from '../unsupported-parameters.js';

/** @see https://ai.google.dev/gemini-api/docs/openai */
export const GEMINI_LIMITS: ProviderLimits = {
  'chat.tool_results.images': {
    effect: 'changed',
    reason: 'A result is text: its images stand beside it in the same turn.',
  },
  'chat.parallel_tool_calls.off': {
    effect: 'left out',
    reason: 'Google’s models cannot be held to one call at a time.',
  },
  'chat.strict_tools': { effect: 'changed', reason: 'One strict tool holds all calls to their schemas.' },
  'chat.functions': { effect: 'refused', reason: 'Google’s models take tools in place of functions.' },
  'chat.system_midway': { effect: 'changed', reason: 'All instructions stand before the conversation.' },
  'chat.message_names': { effect: 'left out', reason: 'Google’s turns have no names.' },
  'chat.refusals': { effect: 'absent', reason: 'Google says why it ended an answer, not in which words.' },
  'chat.logit_bias': { effect: 'left out', reason: 'Google has no bias, and its tokens have other numbers.' },
  'chat.user': { effect: 'changed', reason: 'Google does not ask who the user is: it stays on the usage record.' },
  'chat.metadata': { effect: 'left out', reason: 'Nothing is stored with the request.' },
  'chat.store': { effect: 'left out', reason: 'Nothing is stored at Google.' },
  'chat.safety_identifier': { effect: 'left out', reason: 'Google does not ask who the user is.' },
  'chat.prompt_cache_key': { effect: 'left out', reason: 'Google caches by itself, or by `cached_content`.' },
  'chat.prediction': { effect: 'left out', reason: 'Google predicts nothing; it would only make an answer faster.' },
  'chat.verbosity': { effect: 'left out', reason: 'Google has no such setting; instructions say it.' },
  'chat.unknown_parameters': {
    effect: 'left out',
    reason: 'Of Google’s own, `cached_content`, `safety_settings`, `thinking_config` and `top_k` are passed on.',
  },
  'embeddings.token_ids': { effect: 'refused', reason: 'Google’s tokens have other numbers.' },
  'embeddings.user': {
    effect: 'changed',
    reason: 'Google does not ask who the user is: it stays on the usage record.',
  },
};

/** @see https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference */
export const VERTEX_LIMITS: ProviderLimits = {
  ...GEMINI_LIMITS,
  'chat.service_tier': { effect: 'left out', reason: 'Vertex AI’s tiers are chosen by headers: see the settings.' },
};

/** What the translation reads, or the gateway itself. */
const READ: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'top_k',
  'presence_penalty',
  'frequency_penalty',
  'n',
  'stop',
  'seed',
  'logprobs',
  'top_logprobs',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'functions',
  // It means nothing without functions.
  'function_call',
  'response_format',
  'reasoning_effort',
  'reasoning',
  'modalities',
  'audio',
  'service_tier',
  'web_search_options',
  'user',
  'cached_content',
  'safety_settings',
  'thinking_config',
]);

/** Those that are read from `extra_body.google`. */
const READ_OF_GOOGLE: ReadonlySet<string> = new Set(['cached_content', 'safety_settings', 'thinking_config']);

/** What OpenAI’s API assumes anyway. */
const DEFAULTS: Readonly<Record<string, unknown>> = { store: false, verbosity: 'medium' };

/**
 * Names what of a request has no counterpart at Google whatever the model.
 * @throws GatewayError `unsupported_parameter` where the policy is strict.
 */
export function reportLeftOut(request: ChatCompletionRequest, unsupported: UnsupportedParameters): void {
  for (const [name, value] of Object.entries(request)) {
    if (READ.has(name) || !asksForSomething(value) || value === DEFAULTS[name]) continue;
    const google = name === 'google' ? value : name === 'extra_body' && isObject(value) ? value['google'] : undefined;
    if (!isObject(google)) unsupported.add(name);
    else for (const inner of Object.keys(google)) if (!READ_OF_GOOGLE.has(inner)) unsupported.add(`${name}.${inner}`);
  }
  request.messages.forEach((message, index) => {
    const isNamed = 'name' in message && message.role !== 'tool' && message.role !== 'function' && message.name;
    if (isNamed) unsupported.add(`messages[${index}].name`);
  });
}

function asksForSomething(value: unknown): boolean {
  return value !== null && value !== undefined && !(isObject(value) && Object.keys(value).length === 0);
}
