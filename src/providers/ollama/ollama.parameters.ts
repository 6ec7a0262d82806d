import { GatewayError } from '../../errors/gateway-error.js';
import { isObject } from '../../protocol/json.js';
import { type UnsupportedParameters } from '../unsupported-parameters.js';

/** The parameters of a request, whichever operation it is for. */
export type Parameters = Readonly<Record<string, unknown>>;

/** What OpenAI's API assumes anyway: asking for it asks for nothing. */
const DEFAULTS: Parameters = {
  best_of: 1,
  echo: false,
  n: 1,
  parallel_tool_calls: true,
  store: false,
  verbosity: 'medium',
};

/**
 * Names what of a request is not among what its translation reads.
 * @throws GatewayError `unsupported_parameter` where the policy is strict.
 */
export function reportOthers(request: Parameters, read: ReadonlySet<string>, unsupported: UnsupportedParameters): void {
  for (const [name, value] of Object.entries(request)) {
    if (!read.has(name) && asksForSomething(name, value) && value !== DEFAULTS[name]) unsupported.add(name);
  }
}

function asksForSomething(name: string, value: unknown): boolean {
  if (value === null || value === undefined) return false;
  // No bias; but searching needs no options.
  return !isObject(value) || Object.keys(value).length > 0 || name === 'web_search_options';
}

/** OpenAI's name for each of Ollama's options that has the same meaning. */
const OPTIONS: readonly (readonly [option: string, parameter: string])[] = [
  ['temperature', 'temperature'],
  ['top_p', 'top_p'],
  ['top_k', 'top_k'],
  ['min_p', 'min_p'],
  ['seed', 'seed'],
  ['frequency_penalty', 'frequency_penalty'],
  ['presence_penalty', 'presence_penalty'],
];

/** What `toOptions` and `toNative` read. */
export const SHARED_PARAMETERS: readonly string[] = [
  ...OPTIONS.map(([, parameter]) => parameter),
  'max_completion_tokens',
  'max_tokens',
  'stop',
  'options',
  'keep_alive',
  'truncate',
  'shift',
];

/**
 * How the model runs: OpenAI's parameters, and those of Ollama's own that the client has put into `options`
 * (`num_ctx`, `repeat_penalty`, …), which stand where both say something.
 *
 * @throws GatewayError where `options` is no object.
 * @see https://docs.ollama.com/modelfile#valid-parameters-and-values
 */
export function toOptions(request: Parameters): { options?: Record<string, unknown> } {
  const { options: own, stop } = request;
  if (own !== undefined && own !== null && !isObject(own)) {
    throw new GatewayError('invalid_type', { message: "'options' must be an object.", param: 'options' });
  }
  const given: [string, unknown][] = OPTIONS.map(([option, parameter]) => [option, request[parameter]]);
  given.push(['num_predict', request['max_completion_tokens'] ?? request['max_tokens']]);
  given.push(['stop', typeof stop === 'string' ? [stop] : stop]);
  const set = given.filter(([, value]) => value !== undefined && value !== null);
  const options = { ...Object.fromEntries(set), ...own };
  return Object.keys(options).length === 0 ? {} : { options };
}

/** Ollama's own parameters, under its names for them. */
export function toNative(request: Parameters): Readonly<Partial<Record<'keep_alive' | 'truncate' | 'shift', unknown>>> {
  const given = NATIVE.map((name) => [name, request[name]] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined && value !== null));
}

const NATIVE = ['keep_alive', 'truncate', 'shift'] as const;

/** @see https://docs.ollama.com/api/chat#body-logprobs */
export function toLogprobs(top: unknown): { logprobs: true; top_logprobs?: number } {
  return { logprobs: true, ...(typeof top === 'number' && top > 0 ? { top_logprobs: top } : {}) };
}
