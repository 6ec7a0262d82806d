import { GatewayError } from '../../errors/gateway-error.js';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { isObject } from '../../protocol/json.js';
import { type UnsupportedParameters } from '../unsupported-parameters.js';
import { toMessages } from './ollama.messages.js';
import { reportOthers, SHARED_PARAMETERS, toLogprobs, toNative, toOptions } from './ollama.parameters.js';
import { toTools } from './ollama.tools.js';
import { type OllamaChatRequest, type OllamaThink } from './ollama.types.js';

export interface ChatRequestOptions {
  /** The model by Ollama's name for it. */
  readonly upstreamModel: string;
  readonly streaming: boolean;
  readonly unsupported: UnsupportedParameters;
}

/** What `toChatRequest` reads, or refuses by itself. */
const READ: ReadonlySet<string> = new Set([
  ...SHARED_PARAMETERS,
  'model',
  'messages',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'response_format',
  'reasoning_effort',
  'reasoning',
  'think',
  'logprobs',
  'top_logprobs',
  'user',
  'functions',
  'modalities',
  // These mean nothing without the one that is refused.
  'audio',
  'function_call',
]);

/**
 * A chat completion request as Ollama takes it. Of its own parameters `options`, `think`, `keep_alive`, `truncate` and
 * `shift` are passed on, and stand where OpenAI's say something else.
 *
 * @throws GatewayError (400) where the answer would not be what was asked for.
 * @see https://docs.ollama.com/api/chat
 */
export function toChatRequest(
  request: ChatCompletionRequest,
  { upstreamModel, streaming, unsupported }: ChatRequestOptions,
): OllamaChatRequest {
  refuseUnsupported(request);
  reportOthers(request, READ, unsupported);
  reportWithin(request, unsupported);
  const tools = toTools(request, unsupported);
  const think = toThink(request, unsupported);
  return {
    model: upstreamModel,
    messages: toMessages(request.messages),
    stream: streaming,
    ...(tools.length === 0 ? {} : { tools }),
    ...(think === undefined ? {} : { think }),
    ...toFormat(request),
    ...(request['logprobs'] === true ? toLogprobs(request['top_logprobs']) : {}),
    ...toOptions(request),
    ...toNative(request),
  };
}

function refuseUnsupported({ functions, modalities }: ChatCompletionRequest): void {
  if (Array.isArray(functions) && functions.length > 0) {
    throw new GatewayError('unsupported_parameter', {
      message: 'The model takes tools in place of functions.',
      param: 'functions',
    });
  }
  if (Array.isArray(modalities) && modalities.includes('audio')) {
    throw new GatewayError('unsupported_parameter', {
      message: 'The model does not answer with audio.',
      param: 'modalities',
    });
  }
}

/** Fields of messages that Ollama has nothing for. */
function reportWithin({ messages }: ChatCompletionRequest, unsupported: UnsupportedParameters): void {
  messages.forEach((message, index) => {
    const isTool = message.role === 'tool' || message.role === 'function';
    if (!isTool && message.name) unsupported.add(`messages[${index}].name`);
    if (typeof message.content === 'string') return;
    message.content?.forEach((part, at) => {
      if (part.type !== 'image_url') return;
      const { detail } = part.image_url;
      if (detail && detail !== 'auto') unsupported.add(`messages[${index}].content[${at}].image_url.detail`);
    });
  });
}

/** @see https://docs.ollama.com/capabilities/thinking */
function toThink(request: ChatCompletionRequest, unsupported: UnsupportedParameters): OllamaThink | undefined {
  const { think, reasoning } = request;
  if (typeof think === 'boolean' || think === 'low' || think === 'medium' || think === 'high') return think;
  if (think !== undefined && think !== null) {
    throw new GatewayError('invalid_value', {
      message: "'think' must be true, false, low, medium or high.",
      param: 'think',
    });
  }
  const { effort, enabled, max_tokens: budget } = isObject(reasoning) ? reasoning : {};
  if (typeof budget === 'number') unsupported.add('reasoning.max_tokens');
  const wished = request.reasoning_effort ?? effort;
  if (typeof wished !== 'string') return typeof enabled === 'boolean' ? enabled : undefined;
  const known = EFFORTS.get(wished);
  if (known === undefined) unsupported.add('reasoning_effort');
  return known;
}

/** The nearest level of three for each of OpenAI's. */
const EFFORTS: ReadonlyMap<string, OllamaThink> = new Map<string, OllamaThink>([
  ['none', false],
  ['minimal', 'low'],
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
  ['xhigh', 'high'],
  ['max', 'high'],
]);

/** @see https://docs.ollama.com/capabilities/structured-outputs */
function toFormat({ response_format: format }: ChatCompletionRequest): Pick<OllamaChatRequest, 'format'> {
  switch (format?.type) {
    case 'json_object':
      return { format: 'json' };
    case 'json_schema':
      return { format: format.json_schema.schema ?? 'json' };
    default:
      return {};
  }
}
