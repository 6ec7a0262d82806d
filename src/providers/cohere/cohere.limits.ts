import { type ProviderLimits } from '../provider-limits.js';

const NO_SUCH = 'Cohere has no such parameter.';

/** @see https://docs.cohere.com/reference/chat */
export const COHERE_LIMITS: ProviderLimits = {
  'chat.tool_results.images': { effect: 'refused', reason: 'Results of tools are texts.' },
  'chat.text_beside_tool_calls': {
    effect: 'absent',
    reason: 'What the model says before it calls tools is its plan, which is told as reasoning.',
  },
  'chat.parallel_tool_calls.off': { effect: 'left out', reason: NO_SUCH },
  'chat.tool_choice.function': {
    effect: 'changed',
    reason: 'Cohere can be made to call some tool: it is told of the one that is asked for, and of no other.',
  },
  'chat.functions': { effect: 'refused', reason: 'Cohere takes tools in place of functions.' },
  'chat.files': { effect: 'refused', reason: 'Cohere takes texts and images.' },
  'chat.audio_input': { effect: 'refused', reason: 'Cohere takes texts and images.' },
  'chat.audio_output': { effect: 'refused', reason: 'Cohere’s models do not speak.' },
  'chat.message_names': { effect: 'left out', reason: 'Cohere’s messages have no names.' },
  'chat.content_filter': { effect: 'absent', reason: 'Cohere ends what it filters with an error.' },
  'chat.refusals': { effect: 'absent', reason: 'Cohere tells a refusal as any other text.' },
  'chat.cached_tokens': { effect: 'absent', reason: 'What Cohere counts as cached is not of what it bills.' },
  'chat.logit_bias': { effect: 'left out', reason: 'Cohere has no bias, and its tokens have other numbers.' },
  'chat.n': { effect: 'refused', reason: 'Cohere gives one answer to a request.' },
  'chat.user': { effect: 'changed', reason: 'Cohere knows no users: it stays on the usage record.' },
  'chat.metadata': { effect: 'left out', reason: NO_SUCH },
  'chat.store': { effect: 'left out', reason: 'Nothing is stored at Cohere.' },
  'chat.service_tier': { effect: 'left out', reason: NO_SUCH },
  'chat.safety_identifier': { effect: 'left out', reason: NO_SUCH },
  'chat.prompt_cache_key': { effect: 'left out', reason: NO_SUCH },
  'chat.prediction': { effect: 'left out', reason: NO_SUCH },
  'chat.verbosity': { effect: 'left out', reason: NO_SUCH },
  'chat.web_search_options': { effect: 'left out', reason: NO_SUCH },
  'chat.unknown_parameters': {
    effect: 'left out',
    reason: 'Of Cohere’s own, `k`, `thinking`, `documents`, `citation_options` and `safety_mode` are passed on.',
  },
  'embeddings.token_ids': { effect: 'refused', reason: 'Token ids are another model’s.' },
  'embeddings.user': { effect: 'changed', reason: 'Cohere knows no users: it stays on the usage record.' },
};
