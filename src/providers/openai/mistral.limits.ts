import { type ProviderLimits } from '../provider-limits.js';

const NO_SUCH = 'Mistral has no such parameter.';

/** @see https://docs.mistral.ai/api/#tag/chat */
export const MISTRAL_LIMITS: ProviderLimits = {
  'chat.functions': { effect: 'refused', reason: 'Mistral takes tools in place of functions.' },
  'chat.audio_output': { effect: 'refused', reason: 'Mistral’s models do not speak in chats.' },
  'chat.message_names': { effect: 'left out', reason: 'Mistral’s messages have no names.' },
  'chat.content_filter': { effect: 'absent', reason: 'Mistral does not say that it filtered an answer.' },
  'chat.refusals': { effect: 'absent', reason: 'Mistral tells a refusal as any other text.' },
  'chat.logit_bias': { effect: 'left out', reason: 'Mistral has no bias, and its tokens have other numbers.' },
  'chat.user': { effect: 'changed', reason: 'Mistral knows no users: it stays on the usage record.' },
  'chat.store': { effect: 'left out', reason: 'Nothing is stored at Mistral.' },
  'chat.service_tier': { effect: 'left out', reason: NO_SUCH },
  'chat.safety_identifier': { effect: 'left out', reason: NO_SUCH },
  'chat.prompt_cache_key': { effect: 'left out', reason: NO_SUCH },
  'chat.verbosity': { effect: 'left out', reason: NO_SUCH },
  'chat.web_search_options': { effect: 'left out', reason: NO_SUCH },
  'embeddings.user': { effect: 'changed', reason: 'Mistral knows no users: it stays on the usage record.' },
};
