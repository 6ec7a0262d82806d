import { type ChatCompletionRequest, type ProviderLimits, type UnsupportedParameters } from '../../src/index.js';

const NO_SUCH = 'Acme has no such parameter.';

/** Where Acme falls short, for whoever makes a table of it. */
export const ACME_LIMITS: ProviderLimits = {
  'chat.tools': { effect: 'refused', reason: 'Acme knows no tools.' },
  'chat.stop': { effect: 'left out', reason: NO_SUCH },
  'chat.temperature': { effect: 'left out', reason: NO_SUCH },
  'chat.reasoning': { effect: 'absent', reason: 'Acme’s models do not tell what they think.' },
};

/** What the dialect reads, or the gateway itself. */
const READ: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'tools',
  'user',
]);

/** Names every parameter that Acme has nothing for. */
export function reportLeftOut(request: ChatCompletionRequest, unsupported: UnsupportedParameters): void {
  for (const [name, value] of Object.entries(request)) {
    if (!READ.has(name) && value !== null && value !== undefined) unsupported.add(name);
  }
}
