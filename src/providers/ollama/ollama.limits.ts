import { type ProviderLimits } from '../provider-limits.js';

const NO_SUCH = 'Ollama has no such parameter.';

/** @see https://docs.ollama.com/api/chat */
export const OLLAMA_LIMITS: ProviderLimits = {
  'chat.parallel_tool_calls.off': { effect: 'left out', reason: NO_SUCH },
  'chat.tool_choice.required': { effect: 'left out', reason: 'Ollama cannot be made to call a tool.' },
  'chat.tool_choice.function': { effect: 'left out', reason: 'Ollama cannot be made to call a tool.' },
  'chat.tool_choice.none': { effect: 'changed', reason: 'Ollama is told of no tools then.' },
  'chat.strict_tools': { effect: 'left out', reason: 'Ollama does not hold arguments to their schema.' },
  'chat.functions': { effect: 'refused', reason: 'Ollama takes tools in place of functions.' },
  'chat.images.url': { effect: 'refused', reason: 'Ollama fetches no images.' },
  'chat.files': { effect: 'refused', reason: 'Ollama takes texts and images.' },
  'chat.audio_input': { effect: 'refused', reason: 'Ollama takes texts and images.' },
  'chat.audio_output': { effect: 'refused', reason: 'Ollama’s models do not speak.' },
  'chat.message_names': { effect: 'left out', reason: 'Ollama’s messages have no names.' },
  'chat.content_filter': { effect: 'absent', reason: 'Ollama filters nothing.' },
  'chat.refusals': { effect: 'absent', reason: 'Ollama tells a refusal as any other text.' },
  'chat.reasoning_tokens': { effect: 'absent', reason: 'Ollama does not tell them apart.' },
  'chat.logit_bias': { effect: 'left out', reason: 'Ollama has no bias, and its tokens have other numbers.' },
  'chat.n': { effect: 'refused', reason: 'Ollama gives one answer to a request.' },
  'chat.user': { effect: 'changed', reason: 'Ollama knows no users: it stands on the gateway’s record alone.' },
  'chat.metadata': { effect: 'left out', reason: NO_SUCH },
  'chat.store': { effect: 'left out', reason: 'Nothing is stored at Ollama.' },
  'chat.service_tier': { effect: 'left out', reason: NO_SUCH },
  'chat.safety_identifier': { effect: 'left out', reason: NO_SUCH },
  'chat.prompt_cache_key': { effect: 'left out', reason: 'Ollama keeps a prompt by itself.' },
  'chat.prediction': { effect: 'left out', reason: NO_SUCH },
  'chat.verbosity': { effect: 'left out', reason: NO_SUCH },
  'chat.web_search_options': { effect: 'left out', reason: NO_SUCH },
  'chat.unknown_parameters': {
    effect: 'left out',
    reason: 'Of Ollama’s own, `options`, `think`, `keep_alive`, `truncate` and `shift` are passed on.',
  },
  'embeddings.token_ids': { effect: 'refused', reason: 'Token ids are another model’s.' },
  'embeddings.user': { effect: 'changed', reason: 'Ollama knows no users: it stands on the gateway’s record alone.' },
};
