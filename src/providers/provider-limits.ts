/**
 * What a request can ask of a provider, or an answer say, that not every provider has. The parameters stand under
 * OpenAI's names for them.
 */
export const PROVIDER_FEATURES = [
  'chat.tools',
  'chat.tool_results.images',
  'chat.text_beside_tool_calls',
  'chat.parallel_tool_calls',
  'chat.parallel_tool_calls.off',
  'chat.tool_choice.required',
  'chat.tool_choice.function',
  'chat.tool_choice.none',
  'chat.strict_tools',
  'chat.functions',
  'chat.json_schema',
  'chat.json_object',
  'chat.images.base64',
  'chat.images.url',
  'chat.files',
  'chat.audio_input',
  'chat.audio_output',
  'chat.system_midway',
  'chat.message_names',
  'chat.reasoning',
  'chat.reasoning_effort',
  'chat.reasoning_sent_back',
  'chat.content_filter',
  'chat.refusals',
  'chat.cached_tokens',
  'chat.reasoning_tokens',
  'chat.max_tokens',
  'chat.stop',
  'chat.temperature',
  'chat.temperature_above_1',
  'chat.top_p',
  'chat.seed',
  'chat.frequency_penalty',
  'chat.presence_penalty',
  'chat.logit_bias',
  'chat.logprobs',
  'chat.n',
  'chat.user',
  'chat.metadata',
  'chat.store',
  'chat.service_tier',
  'chat.safety_identifier',
  'chat.prompt_cache_key',
  'chat.prediction',
  'chat.verbosity',
  'chat.web_search_options',
  'chat.unknown_parameters',
  'embeddings.several',
  'embeddings.base64',
  'embeddings.dimensions',
  'embeddings.token_ids',
  'embeddings.user',
] as const;

export type ProviderFeature = (typeof PROVIDER_FEATURES)[number];

/** How a provider falls short of one feature. */
export interface ProviderLimit {
  /**
   * - `refused`: a request that asks for it is answered with status 400;
   * - `left out`: the parameter policy decides, by default it is left out and the client is told;
   * - `changed`: it is carried in another way, which may be told apart;
   * - `absent`: the provider’s answers do not have it.
   */
  readonly effect: 'refused' | 'left out' | 'changed' | 'absent';
  /** A sentence for docs/conformance.md. */
  readonly reason: string;
}

/** What is not named here is carried as it is. The contract suite in test/contract sees that this is so, both ways. */
export type ProviderLimits = Readonly<Partial<Record<ProviderFeature, ProviderLimit>>>;
