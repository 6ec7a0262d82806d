import { jsonAnswer, streamedAnswer } from './http-answers.mjs';

const MODEL = 'gpt-4o-mini-2024-07-18';
const CREATED = 1_760_000_000;
const HEAD = { id: 'chatcmpl-BenchmarkMockAnswer0000000001', created: CREATED, model: MODEL };
const TAIL = { service_tier: 'default', system_fingerprint: 'fp_benchmark00' };
const USAGE = {
  prompt_tokens: 312,
  completion_tokens: 20,
  total_tokens: 332,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 0,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
};

export const SENTENCE = 'The mock upstream answers every question with this same sentence, at once and for nothing.';

/** @param {unknown} message @param {string} finish */
const completion = (message, finish) =>
  jsonAnswer({
    ...HEAD,
    object: 'chat.completion',
    choices: [{ index: 0, message, logprobs: null, finish_reason: finish }],
    usage: USAGE,
    ...TAIL,
  });

export const CHAT = completion({ role: 'assistant', content: SENTENCE, refusal: null, annotations: [] }, 'stop');

export const TOOL_CALLS = completion(
  {
    role: 'assistant',
    content: null,
    refusal: null,
    tool_calls: ['find_order', 'find_article'].map((name, at) => ({
      id: `call_BenchmarkMock${at}`,
      type: 'function',
      function: { name, arguments: `{"number":"4471-9${at}","fields":["state","weight","parcel"]}` },
    })),
  },
  'tool_calls',
);

export const MODELS = jsonAnswer({
  object: 'list',
  data: [{ id: 'gpt-4o-mini', object: 'model', created: CREATED, owned_by: 'mock' }],
});

/** @param {string} status @param {string} type @param {string} message @param {string} headers */
const failure = (status, type, message, headers = '') =>
  jsonAnswer({ error: { message, type, param: null, code: null } }, status, headers);

export const NOT_FOUND = failure('404 Not Found', 'invalid_request_error', 'The mock upstream has no such route.');
export const BROKEN = failure(
  '500 Internal Server Error',
  'server_error',
  'The mock upstream fails as it was asked to.',
);
export const LIMITED = failure(
  '429 Too Many Requests',
  'rate_limit_error',
  'The mock upstream limits as it was asked to.',
  'retry-after: 1\r\n',
);

/** The events of one stream. @param {number} chunks of content @param {boolean} withUsage */
export function chatStream(chunks, withUsage) {
  /** @param {readonly unknown[]} choices @param {object} more */
  const chunk = (choices, more = withUsage ? { usage: null } : {}) =>
    `data: ${JSON.stringify({ ...HEAD, object: 'chat.completion.chunk', ...TAIL, choices, ...more })}\n\n`;
  /** @param {object} delta @param {string | null} finish */
  const choice = (delta, finish = null) => ({ index: 0, delta, logprobs: null, finish_reason: finish });
  return streamedAnswer('text/event-stream; charset=utf-8', [
    chunk([choice({ role: 'assistant', content: 'mock' })]),
    ...Array.from({ length: chunks - 1 }, (_, at) => chunk([choice({ content: ` word${at + 1}` })])),
    chunk([choice({}, 'stop')]),
    ...(withUsage ? [chunk([], { usage: USAGE })] : []),
    'data: [DONE]\n\n',
  ]);
}

/**
 * Vectors of as many digits as a provider's floats have. They are the same in every run.
 * @param {number} count @param {number} dimensions
 */
export function embeddings(count, dimensions) {
  let state = 20_931;
  const digit = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return (state / 2_147_483_648 - 0.5) / 10;
  };
  const vectors = Array.from({ length: count }, (_, index) => {
    const floats = Array.from({ length: dimensions }, () => digit().toFixed(10));
    return `{"object":"embedding","index":${index},"embedding":[${floats.join(',')}]}`;
  });
  const usage = { prompt_tokens: 12 * count, total_tokens: 12 * count };
  return `{"object":"list","data":[${vectors.join(',')}],"model":"text-embedding-3-small","usage":${JSON.stringify(usage)}}`;
}
