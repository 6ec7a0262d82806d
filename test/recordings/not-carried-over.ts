/**
 * What of the recordings of OpenAI’s dialect is not played, or does not reach the client or the usage record, and why.
 * The one list: whatever else is recorded arrives. Its spec holds it against what happens, both ways: what is missing
 * here fails, and so does an entry that is no longer true.
 */
export const NOT_CARRIED_OVER: readonly NotCarriedOver[] = [
  // Not played.
  {
    what: 'operation',
    name: 'images-edit',
    path: '/v1/images/variations',
    reason: 'The gateway has no variations of images: only DALL·E 2 made them. Edits it has.',
  },
  { what: 'operation', name: 'other', path: '/v1/vector_stores', reason: 'The gateway has no such endpoint.' },
  { what: 'operation', name: 'responses', path: '/v1/responses', reason: 'The gateway has no such endpoint.' },
  { what: 'operation', name: 'responses-stream', path: '/v1/responses', reason: 'The gateway has no such endpoint.' },

  ...[
    'bedrock/invoke--plain--meta.llama2-13b-chat-v1',
    'bedrock/invoke-stream--plain--anthropic.claude-haiku-4-5-20251',
    'bedrock/invoke-stream--plain--anthropic.claude-haiku-4-5-20251--2',
  ].map((recording): NotCarriedOver => ({
    what: 'recording',
    recording,
    reason: 'Chats go by Converse, which is the same for all models; by InvokeModel go embeddings alone.',
  })),
  ...[
    'anthropic/count-tokens--tool-result+multi-turn--claude-sonnet-4-5',
    'bedrock/count-tokens--plain--anthropic.claude-sonnet-4-202505',
  ].map((recording): NotCarriedOver => ({
    what: 'recording',
    recording,
    reason: 'The gateway has no endpoint that counts tokens.',
  })),
  ...[
    'vertex/chat-stream--tool-call+system--claude-3-7-sonnet-20250219',
    'vertex/chat-stream--tool-result+multi-turn+system--claude-3-7-sonnet-20250219',
  ].map((recording): NotCarriedOver => ({
    what: 'recording',
    recording,
    reason: 'Claude on Vertex AI has addresses and a dialect of its own (`streamRawPredict`), which no adapter speaks.',
  })),
  {
    what: 'recording',
    recording: 'ollama/models--plain--x--2',
    reason: 'The card of one model (`/api/show`): the gateway asks Ollama for names alone.',
  },

  ...['cohere/chat--plain--x', 'cohere/embeddings--plain--embed-english-light-v3.0'].map(
    (recording): NotCarriedOver => ({
      what: 'recording',
      recording,
      reason: 'Of Cohere’s API v1: version 2, which followed it, is the one that is spoken.',
    }),
  ),

  // Played with another request.
  ...[
    'mistral/fixture--chat-stream--incremental-tool-call',
    'openai/fixture--chat--error-400-max_tokens-unsupported',
    'openai/fixture--images--error-400-response_format',
    'reported-errors/mistral-429-rate_limited',
    'reported-errors/openai-429-insufficient_quota',
    'reported-errors/openai-429-request-too-large',
    'reported-errors/openai-429-tokens',
  ].map((recording): NotCarriedOver => ({
    what: 'request',
    recording,
    reason: 'The source kept no request: a minimal one stands in for it.',
  })),

  {
    what: 'refused request',
    recording: 'openai/embeddings--error-400+dimensions+token-input--text-embedding-3-small',
    param: 'dimensions',
    reason: 'The gateway finds by itself what OpenAI found: a request in order stands in for it.',
  },

  // Not on the usage record.
  {
    what: 'usage',
    recording: 'openai/chat-stream--plain--gpt-4o-mini',
    reason: 'Recorded without asking for the usage: the record holds an estimate.',
  },
  {
    what: 'usage',
    recording: 'together/chat-stream--parallel-tool-calls+tool-call--meta-llama-3.1-70b-instruct-turb',
    reason: 'Recorded without asking for the usage: the record holds an estimate.',
  },
  {
    what: 'usage',
    recording: 'groq/chat-stream--error-mid-stream+reasoning+system--gpt-oss-120b',
    reason: 'The stream broke off before its usage: the record holds an estimate.',
  },
  {
    what: 'usage',
    recording: 'openrouter/chat-stream--finish-length+error-mid-stream+reasoning--minimax-m2-free',
    reason: 'What a broken stream said of its usage counts as an estimate, raised to the text that came.',
  },

  ...['openai/images--plain--dall-e-3', 'openai/speech--plain--tts-1', 'openai/speech--plain--tts-1--2'].map(
    (recording): NotCarriedOver => ({
      what: 'usage',
      recording,
      reason: 'OpenAI counts no tokens of it: the record holds an estimate.',
    }),
  ),
  {
    what: 'usage',
    recording: 'xai/images--plain--grok-imagine-image',
    reason: 'Only the cost is told, and no tokens: the record holds an estimate.',
  },

  // Not in answers of Bedrock’s.
  {
    what: 'bedrock member',
    name: 'citations',
    reason: 'Those of documents have no URL, and so no place among OpenAI’s annotations.',
  },
  { what: 'bedrock member', name: 'metrics', reason: 'Bedrock’s own latency; the record holds that of the call.' },
  { what: 'bedrock member', name: 'toolResult', reason: 'What a tool of the provider’s found is in the text.' },
  {
    what: 'bedrock member',
    name: 'toolUse of the provider’s',
    reason: 'A client that saw it as a tool call would wait to answer it.',
  },
  { what: 'bedrock member', name: 'usage.cacheReadInputTokenCount', reason: 'It repeats `cacheReadInputTokens`.' },
  { what: 'bedrock member', name: 'usage.cacheWriteInputTokenCount', reason: 'It repeats `cacheWriteInputTokens`.' },
  { what: 'bedrock member', name: 'usage.serverToolUsage', reason: 'It counts uses of tools, not tokens.' },
  { what: 'bedrock member', name: 'usage.totalTokens', reason: 'It is the sum of the others.' },

  // Not in the client's error.
  {
    what: 'error member',
    name: 'error.type',
    reason: 'The gateway’s own: `upstream_error`, in a stream `server_error`.',
  },
  { what: 'error member', name: 'error.metadata', reason: 'OpenRouter’s; the envelope has no place for it.' },
  { what: 'error member', name: 'error.failed_generation', reason: 'Groq’s; the envelope has no place for it.' },
  { what: 'error member', name: 'error.status_code', reason: 'Groq’s, in a stream; the envelope has no place for it.' },
  { what: 'error member', name: 'error.object', reason: 'Mistral’s; it says “error”.' },
  { what: 'error member', name: 'error.raw_status_code', reason: 'Mistral’s; it repeats the status.' },
  { what: 'error member', name: 'user_id', reason: 'OpenRouter’s name for the operator’s account: not for clients.' },
  ...['id', 'provider', 'model', 'object', 'created', 'choices', 'usage'].map((name): NotCarriedOver => ({
    what: 'error member',
    name,
    reason: 'Of the chunk in which OpenRouter sends an error; it holds no more of the answer.',
  })),

  // Not in the client's headers.
  { what: 'header', name: 'x-ratelimit-*', reason: 'The limits of the operator’s account: not for clients.' },
  { what: 'header', name: 'retry-after', reason: 'Sent on with errors; Mistral has it on an answer.' },
  {
    what: 'header',
    name: 'content-type',
    reason: 'Streams are `text/event-stream; charset=utf-8` and errors `application/json`, whatever they were.',
  },
];

export type NotCarriedOver = { readonly reason: string } & (
  | {
      readonly what: 'operation';
      readonly name: string;
      /** Where OpenAI has it. */
      readonly path: string;
    }
  | { readonly what: 'request' | 'usage'; readonly recording: string }
  | {
      /** It is not played. */
      readonly what: 'recording';
      readonly recording: string;
    }
  | {
      readonly what: 'bedrock member';
      /** Of a whole answer; for a block of its content the block’s name. */
      readonly name: string;
    }
  | { readonly what: 'refused request'; readonly recording: string; readonly param: string }
  | {
      readonly what: 'error member';
      /** `error.…` for what stands in the error itself, the bare name for what stands beside it. */
      readonly name: string;
    }
  | { readonly what: 'header'; readonly name: string }
);

/** The entries of one sort. */
export const notCarriedOver = <What extends NotCarriedOver['what']>(
  what: What,
): Extract<NotCarriedOver, { what: What }>[] =>
  NOT_CARRIED_OVER.filter((entry): entry is Extract<NotCarriedOver, { what: What }> => entry.what === what);
