import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { isObject } from '../../protocol/json.js';
import { toMessages } from './cohere.conversation.js';
import { toTools } from './cohere.tools.js';
import { type CohereChatRequest, type CohereThinking } from './cohere.types.js';

export interface CohereRequestOptions {
  /** The model by Cohere's name for it. */
  readonly upstreamModel: string;
  readonly streaming: boolean;
  /** Is told of every parameter that Cohere has nothing for. */
  readonly unsupported: (param: string) => void;
}

/**
 * A chat completion request as Cohere's API v2 takes it. Decisions:
 *
 * - `top_p` goes to 1 at OpenAI and from 0.01 to 0.99 at Cohere, which would refuse what lies outside.
 * - Penalties go from -2 to 2 at OpenAI and from 0 to 1 at Cohere: what is above becomes 1, and one below 0 would turn
 *   into its opposite and is left out.
 * - `response_format` `json_schema` becomes Cohere's `json_object` with a schema, which is kept strictly.
 * - `reasoning_effort` becomes a budget for thinking, on models that think; `none` switches it off.
 * - Of Cohere's own parameters `k` (also as `top_k`), `thinking`, `documents`, `citation_options` and `safety_mode` are
 *   passed on.
 *
 * @throws GatewayError (400) where the answer would not be what was asked for.
 * @see https://docs.cohere.com/reference/chat
 */
export function toCohereRequest(
  request: ChatCompletionRequest,
  { upstreamModel, streaming, unsupported }: CohereRequestOptions,
): CohereChatRequest {
  for (const [name, value] of Object.entries(request)) {
    if (!CARRIED.has(name) && asksForSomething(name, value)) unsupported(name);
  }
  const { documents, citation_options: citationOptions, safety_mode: safetyMode, stop, seed, logprobs } = request;
  const maxTokens = request.max_completion_tokens ?? request.max_tokens;
  const stopSequences = (typeof stop === 'string' ? [stop] : (stop ?? [])).filter((sequence) => sequence !== '');
  const thinking = toThinking(request, upstreamModel, unsupported);
  return {
    model: upstreamModel,
    messages: toMessages(request.messages, unsupported),
    stream: streaming,
    ...toTools(request),
    ...toResponseFormat(request),
    ...toSampling(request, unsupported),
    ...(typeof maxTokens === 'number' ? { max_tokens: maxTokens } : {}),
    ...(stopSequences.length === 0 ? {} : { stop_sequences: stopSequences }),
    ...(typeof seed === 'number' ? { seed } : {}),
    ...(logprobs === true ? { logprobs: true } : {}),
    ...(thinking === undefined ? {} : { thinking }),
    ...(Array.isArray(documents) ? { documents } : {}),
    ...(isObject(citationOptions) ? { citation_options: citationOptions } : {}),
    ...(typeof safetyMode === 'string' ? { safety_mode: safetyMode } : {}),
  };
}

/** What is translated, here or in the files beside this one, or read by the gateway itself. */
const CARRIED: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'user',
  'tools',
  'tool_choice',
  'response_format',
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'temperature',
  'top_p',
  'top_k',
  'k',
  'seed',
  'frequency_penalty',
  'presence_penalty',
  'logprobs',
  'reasoning_effort',
  'reasoning',
  'thinking',
  'documents',
  'citation_options',
  'safety_mode',
]);

/** Values that say what happens anyway. */
const DEFAULTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['n', 1],
  ['store', false],
  ['parallel_tool_calls', true],
  ['top_logprobs', 0],
]);

function asksForSomething(name: string, value: unknown): boolean {
  if (value === null || value === undefined || value === DEFAULTS.get(name)) return false;
  if (name === 'modalities') return !(Array.isArray(value) && value.every((modality) => modality === 'text'));
  // No bias; but searching needs no options.
  return typeof value !== 'object' || Object.keys(value).length > 0 || name === 'web_search_options';
}

function toSampling(
  request: ChatCompletionRequest,
  unsupported: (param: string) => void,
): Pick<CohereChatRequest, 'temperature' | 'p' | 'k' | 'frequency_penalty' | 'presence_penalty'> {
  const { temperature, top_p: topP, k: ownTopK, top_k: topK = ownTopK } = request;
  const penalties = PENALTIES.flatMap((name) => {
    const penalty = request[name];
    if (typeof penalty !== 'number' || penalty === 0) return [];
    if (penalty > 0) return [[name, Math.min(penalty, 1)] as const];
    unsupported(name);
    return [];
  });
  return {
    ...(typeof temperature === 'number' ? { temperature } : {}),
    ...(typeof topP === 'number' ? { p: Math.min(Math.max(topP, 0.01), 0.99) } : {}),
    ...(typeof topK === 'number' ? { k: topK } : {}),
    ...Object.fromEntries(penalties),
  };
}

const PENALTIES = ['frequency_penalty', 'presence_penalty'] as const;

/** @see https://docs.cohere.com/docs/structured-outputs */
function toResponseFormat({
  response_format: format,
}: ChatCompletionRequest): Pick<CohereChatRequest, 'response_format'> {
  if (format?.type === 'json_object') return { response_format: { type: 'json_object' } };
  if (format?.type !== 'json_schema') return {};
  const { schema } = format.json_schema;
  return { response_format: { type: 'json_object', ...(schema ? { json_schema: schema } : {}) } };
}

/** Models that do not think refuse to be told how. All that came after them do. */
const WITHOUT_THINKING = /^(command(-r|-light|-nightly|$)|command-a-(03|vision|translate)|c4ai-)/;

/** Tokens to think with. Higher efforts are left to the model, which thinks as long as it sees fit. */
const BUDGETS: ReadonlyMap<string, number> = new Map([
  ['minimal', 512],
  ['low', 2_048],
  ['medium', 8_192],
]);

/**
 * How the model is to think. What the client says in Cohere's own `thinking` stands; otherwise `reasoning_effort`, or
 * OpenRouter's `reasoning: {effort, max_tokens}`, counts. A budget is always less than what the whole answer may take.
 *
 * @see https://docs.cohere.com/docs/reasoning
 */
function toThinking(
  request: ChatCompletionRequest,
  upstreamModel: string,
  unsupported: (param: string) => void,
): CohereThinking | undefined {
  if (isObject(request['thinking'])) return request['thinking'];
  const reasoning = isObject(request['reasoning']) ? request['reasoning'] : {};
  const given = request.reasoning_effort ?? reasoning['effort'];
  const effort = typeof given === 'string' ? given : undefined;
  const budget = reasoning['max_tokens'] ?? BUDGETS.get(effort ?? '');
  if (effort === undefined && typeof budget !== 'number') return undefined;
  if (WITHOUT_THINKING.test(upstreamModel)) {
    if (effort !== 'none') unsupported(typeof request.reasoning_effort === 'string' ? 'reasoning_effort' : 'reasoning');
    return undefined;
  }
  if (effort === 'none') return { type: 'disabled' };
  if (typeof budget !== 'number') return { type: 'enabled' };
  const limit = request.max_completion_tokens ?? request.max_tokens;
  const tokens = typeof limit === 'number' ? Math.min(budget, Math.floor(limit / 2)) : budget;
  return { type: 'enabled', token_budget: Math.max(tokens, 1) };
}
