import { GatewayError } from '../../errors/gateway-error.js';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { isObject } from '../../protocol/json.js';
import { type UnsupportedParameters } from '../unsupported-parameters.js';

/** What is done as it was asked for. */
const DONE: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'tools',
  'tool_choice',
  'response_format',
  'simulator',
  // The gateway reads it.
  'user',
  // The answer is always the same, which is one that every seed and temperature allows.
  'seed',
  'temperature',
  'top_p',
  // These are refused below where they ask for more than there is.
  'n',
  'modalities',
]);

/** What OpenAI’s API assumes anyway. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  presence_penalty: 0,
  frequency_penalty: 0,
  logprobs: false,
  store: false,
  verbosity: 'medium',
  parallel_tool_calls: true,
  service_tier: 'auto',
  best_of: 1,
  speed: 1,
  size: 'auto',
  quality: 'auto',
  background: 'auto',
  moderation: 'auto',
};

/**
 * Names the parameters that change nothing here.
 * @throws GatewayError `unsupported_parameter` where the policy is strict, and always for more than one answer and for
 *   answers that are not text: what would come is not what was asked for.
 */
export function reportLeftOut(request: ChatCompletionRequest, unsupported: UnsupportedParameters): void {
  const { n, modalities } = request;
  if (typeof n === 'number' && n > 1) throw refused('n', 'The simulator gives one answer to a request.');
  if (Array.isArray(modalities) && modalities.some((modality) => modality !== 'text')) {
    throw refused('modalities', 'The simulator answers with text.');
  }
  reportOthers(request, DONE, unsupported);
}

/**
 * Names the parameters of any request that are not among those that are done as asked.
 * @param body a JSON body, or the text fields of a form, brackets and all.
 * @throws GatewayError `unsupported_parameter` where the policy is strict.
 */
export function reportOthers(
  body: Readonly<Record<string, unknown>>,
  done: ReadonlySet<string>,
  unsupported: UnsupportedParameters,
): void {
  for (const [field, value] of Object.entries(body)) {
    const name = field.replace(/\[.*$/s, '');
    if (!done.has(name) && asksForSomething(value) && value !== DEFAULTS[name]) unsupported.add(name);
  }
}

export function refused(param: string, message: string): GatewayError {
  return new GatewayError('unsupported_parameter', { message, param });
}

function asksForSomething(value: unknown): boolean {
  if (value === null || value === undefined) return false;
  return !isObject(value) || Object.keys(value).length > 0;
}
