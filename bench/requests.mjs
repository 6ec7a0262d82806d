/** What is asked: the same bytes for every subject. */

/** @typedef {'openai' | 'anthropic' | 'gemini' | 'bedrock'} Dialect */

const MESSAGES = [
  {
    role: 'system',
    content:
      'You are the assistant of a mail-order company for garden tools. Answer in plain and friendly English, in at most three sentences, and never promise a date of delivery that the order data do not state.',
  },
  {
    role: 'user',
    content:
      'Good morning! Last Thursday I ordered the long-handled bulb planter and two bags of grit, order number 4471-90. The confirmation lists only one bag of grit. Can you tell me whether the second one is on its way?',
  },
  {
    role: 'assistant',
    content:
      'Good morning! I see order 4471-90 with the bulb planter and one bag of horticultural grit, 20 kg. A second bag was in the basket, but it was taken out before payment because the shop allows one heavy item per parcel.',
  },
  {
    role: 'user',
    content:
      'I see. In that case please add the second bag as an order of its own, to the same address. Is there a cheaper way to send it, for example to the pick-up point near the station?',
  },
  {
    role: 'assistant',
    content:
      'Of course: a heavy parcel to the pick-up point "Station North" costs 3.20 instead of 7.90. I have prepared the order and left it open so that you can confirm it; nothing has been charged so far.',
  },
  {
    role: 'user',
    content:
      'Perfect, confirm it please, and tell me how long the pick-up point keeps a parcel. Also, does the bulb planter come with the depth marks that the catalogue shows on page 38?',
  },
];

export const CHAT_PATH = '/v1/chat/completions';
export const EMBEDDINGS_PATH = '/v1/embeddings';

/** The model of each dialect; a gateway knows by it where to ask. @type {Readonly<Record<Dialect, string>>} */
export const MODELS = {
  openai: 'gpt-4o-mini',
  anthropic: 'claude-sonnet-4-5',
  gemini: 'gemini-2.5-flash',
  bedrock: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
};

/** Models of which the mock upstream makes something else than an answer at once. */
export const SLOW_MODEL = 'gpt-4o-mini-slow';
export const TOOLS_MODEL = 'gpt-4o-mini-tools';
export const FAILING_MODEL = 'gpt-4o-mini-failing';
export const SMALL_EMBEDDER = 'text-embedding-3-small';
export const LARGE_EMBEDDER = 'text-embedding-3-large';

/**
 * The body of a chat request: six messages, about 1.5 kB.
 * @param {{ stream: boolean, includeUsage?: boolean, model?: string }} kind
 */
export function chatBody({ stream, includeUsage = false, model = MODELS.openai }) {
  return JSON.stringify({
    model,
    messages: MESSAGES,
    temperature: 0.2,
    max_completion_tokens: 256,
    user: 'customer-20931',
    ...(stream ? { stream: true, ...(includeUsage ? { stream_options: { include_usage: true } } : {}) } : {}),
  });
}

/**
 * The same conversation as a provider of another dialect takes it: what the bare proxy, which translates nothing, is asked.
 * @param {Exclude<Dialect, 'openai'>} dialect @param {boolean} stream
 * @returns {{ path: string, body: string }}
 */
export function nativeRequest(dialect, stream) {
  const [system, ...turns] = MESSAGES;
  const model = MODELS[dialect];
  if (dialect === 'anthropic') {
    return {
      path: '/v1/messages',
      body: JSON.stringify({
        model,
        system: system?.content,
        messages: turns,
        temperature: 0.2,
        max_tokens: 256,
        ...(stream ? { stream: true } : {}),
      }),
    };
  }
  if (dialect === 'gemini') {
    return {
      path: `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
      body: JSON.stringify({
        systemInstruction: { parts: [{ text: system?.content }] },
        contents: turns.map(({ role, content }) => ({
          role: role === 'assistant' ? 'model' : role,
          parts: [{ text: content }],
        })),
        generationConfig: { temperature: 0.2, maxOutputTokens: 256 },
      }),
    };
  }
  return {
    path: `/model/${encodeURIComponent(model)}/converse${stream ? '-stream' : ''}`,
    body: JSON.stringify({
      system: [{ text: system?.content }],
      messages: turns.map(({ role, content }) => ({ role, content: [{ text: content }] })),
      inferenceConfig: { temperature: 0.2, maxTokens: 256 },
    }),
  };
}

/** Eight messages that weigh 1 MB together: documents, with the line ends and quotation marks that texts have. */
export function largeContextBody() {
  const paragraph = `${MESSAGES.map(({ content }) => content).join('\n\n')}\n\n"Quoted", said the catalogue.\n`;
  const document = paragraph.repeat(Math.ceil(131_000 / JSON.stringify(paragraph).length));
  const documents = Array.from({ length: 7 }, (_, at) => ({
    role: at % 2 === 0 ? 'user' : 'assistant',
    content: `Document ${at + 1}\n${document}`,
  }));
  const [system, question] = MESSAGES;
  return JSON.stringify({
    model: MODELS.openai,
    messages: [system, ...documents, { role: 'user', content: `${document}\n${question?.content}` }],
    max_completion_tokens: 256,
  });
}

/** Fifty messages, a third of them calls of tools, and eight tools with their schemas: about 25 kB. */
export function toolsBody() {
  const text = { type: 'string', description: 'As it stands on the confirmation, with the dash.' };
  const tools = [
    'find_order',
    'find_article',
    'list_parcels',
    'pickup_points',
    'prices',
    'stock',
    'refund',
    'note',
  ].map((name) => ({
    type: 'function',
    function: {
      name,
      description: `Looks into the shop's system: ${name.replace('_', ' ')}. It changes nothing unless it says so.`,
      parameters: {
        type: 'object',
        properties: {
          number: text,
          fields: { type: 'array', items: { type: 'string', enum: ['state', 'weight', 'parcel', 'price'] } },
          limit: { type: 'integer', minimum: 1, maximum: 100 },
          address: { type: 'object', properties: { street: text, town: text, code: text }, required: ['town'] },
        },
        required: ['number'],
        additionalProperties: false,
      },
    },
  }));
  const [system, question, answer] = MESSAGES;
  const rounds = Array.from({ length: 12 }, (_, at) => {
    const call = `call_benchmark_${at}`;
    const input = JSON.stringify({ number: `4471-${at}`, fields: ['state', 'weight'], limit: 20 });
    return [
      question,
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: call, type: 'function', function: { name: 'find_order', arguments: input } }],
      },
      {
        role: 'tool',
        tool_call_id: call,
        content: JSON.stringify({ number: `4471-${at}`, state: 'packed', weight: 20.5, parcels: ['A', 'B'] }),
      },
      answer,
    ];
  });
  return JSON.stringify({
    model: TOOLS_MODEL,
    messages: [system, ...rounds.flat(), question],
    tools,
    tool_choice: 'auto',
    parallel_tool_calls: true,
  });
}

/** @param {string} model @param {number} count of texts */
export function embeddingsBody(model, count) {
  const input = Array.from({ length: count }, (_, at) => `Article ${at}: ${MESSAGES[at % MESSAGES.length]?.content}`);
  return JSON.stringify({ model, input, encoding_format: 'float' });
}
