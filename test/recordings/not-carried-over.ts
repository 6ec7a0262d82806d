/**
 * What of the recordings of OpenAI’s dialect is not played, or does not reach the client or the usage record, and why.
 * The one list: whatever else is recorded arrives. Its spec holds it against what happens, both ways: what is missing
 * here fails, and so does an entry that is no longer true.
 */
export const NOT_CARRIED_OVER: readonly NotCarriedOver[] = [
  // Not played.
  { what: 'operation', name: 'completions', path: '/v1/completions', reason: 'The gateway has no such endpoint.' },
  { what: 'operation', name: 'embeddings', path: '/v1/embeddings', reason: 'The gateway has no such endpoint.' },
  { what: 'operation', name: 'images', path: '/v1/images/generations', reason: 'The gateway has no such endpoint.' },
  { what: 'operation', name: 'images-edit', path: '/v1/images/edits', reason: 'The gateway has no such endpoint.' },
  { what: 'operation', name: 'other', path: '/v1/vector_stores', reason: 'The gateway has no such endpoint.' },
  { what: 'operation', name: 'responses', path: '/v1/responses', reason: 'The gateway has no such endpoint.' },
  { what: 'operation', name: 'responses-stream', path: '/v1/responses', reason: 'The gateway has no such endpoint.' },
  { what: 'operation', name: 'speech', path: '/v1/audio/speech', reason: 'The gateway has no such endpoint.' },
  {
    what: 'operation',
    name: 'transcription',
    path: '/v1/audio/transcriptions',
    reason: 'The gateway has no such endpoint.',
  },

  // Played with another request.
  ...[
    'mistral/fixture--chat-stream--incremental-tool-call',
    'openai/fixture--chat--error-400-max_tokens-unsupported',
    'reported-errors/mistral-429-rate_limited',
    'reported-errors/openai-429-insufficient_quota',
    'reported-errors/openai-429-request-too-large',
    'reported-errors/openai-429-tokens',
  ].map((recording): NotCarriedOver => ({
    what: 'request',
    recording,
    reason: 'The source kept no request: a minimal one stands in for it.',
  })),

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
