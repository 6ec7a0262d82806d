import { NO_TOKENS } from '../../../src/protocol/token-usage.js';
import { type SeenRequest } from '../../support/fake-upstream.js';
import {
  joinTurns,
  type Json,
  list,
  type NativePart,
  type NativeRequest,
  type NativeTurn,
  object,
  pick,
  type ProviderDouble,
  type Scene,
  type SceneUsage,
  string,
} from '../provider-double.js';

const KEY = 'google-key-0123456789';
const MODEL = 'gemini-2.5-flash';

/** What the Gemini API and Vertex AI have in common. */
export const GENERATE_CONTENT = {
  model: MODEL,
  tells: {
    callIds: false,
    seals: true,
    reasoning: true,
    textBesideCalls: true,
    refusals: false,
    finishes: ['stop', 'length', 'tool_calls', 'content_filter'],
  },
  read: readGenerateContentRequest,
  answer: (scene) => answerOf(scene, partsOf(scene), true),
  events: generateContentEvents,
  streamType: 'text/event-stream',
  streamError: (message) => sse({ error: { code: 503, message, status: 'UNAVAILABLE' } }),
  error: (status, message) => ({ error: { code: status, message, status: `STATUS_${status}` } }),
  tokens: ({ input, cacheRead, output, reasoning }) => ({
    ...NO_TOKENS,
    inputUncached: input,
    cacheRead,
    output,
    reasoning,
  }),
} satisfies Partial<ProviderDouble>;

/** @see https://ai.google.dev/api/generate-content */
export const gemini: ProviderDouble = {
  ...GENERATE_CONTENT,
  kind: 'gemini',
  settings: (origin) => ({ baseUrl: origin, apiKey: KEY }),
  chatPath: (streaming) => `/v1beta/models/${MODEL}:${streaming ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
  letsIn: ({ headers }) => headers['x-goog-api-key'] === KEY,
  embeddings: {
    model: 'gemini-embedding-001',
    path: '/v1beta/models/gemini-embedding-001:batchEmbedContents',
    counts: false,
    read: ({ json }) => {
      const requests = list(json['requests']);
      const [first = {}] = requests;
      return {
        model: String(first['model']).replace('models/', ''),
        inputs: requests.map((request) => list(object(request['content'])['parts'])[0]?.['text']),
        parameters: pick(first, { outputDimensionality: 'dimensions' }),
      };
    },
    answer: (vectors) => ({ embeddings: vectors.map((values) => ({ values })) }),
  },
};

/** Google ends the lines of its events with CRLF. */
const sse = (data: unknown): Buffer => Buffer.from(`data: ${JSON.stringify(data)}\r\n\r\n`);

const FINISH_REASONS = { stop: 'STOP', length: 'MAX_TOKENS', tool_calls: 'STOP', content_filter: 'SAFETY' };

function partsOf(scene: Scene): Json[] {
  const { reasoning, text } = scene;
  return [
    ...(reasoning === undefined ? [] : [{ text: reasoning.pieces.join(''), thought: true }]),
    ...(text === undefined || text.length === 0 ? [] : [{ text: text.join('') }]),
    ...callParts(scene),
  ];
}

/** The first call of a turn carries the signature of the thinking before it. */
function callParts({ reasoning, calls }: Scene): Json[] {
  return (calls ?? []).map(({ name, arguments: args }, index) => ({
    functionCall: { name, args },
    ...(index === 0 && reasoning !== undefined ? { thoughtSignature: reasoning.seal } : {}),
  }));
}

const usageOf = ({ input, cacheRead, output, reasoning }: SceneUsage): Json => ({
  promptTokenCount: input + cacheRead,
  ...(cacheRead === 0 ? {} : { cachedContentTokenCount: cacheRead }),
  candidatesTokenCount: output,
  ...(reasoning === 0 ? {} : { thoughtsTokenCount: reasoning }),
  totalTokenCount: input + cacheRead + output + reasoning,
});

function answerOf({ finish, usage }: Scene, parts: readonly Json[], isLast: boolean): Json {
  return {
    candidates: [
      {
        content: { ...(parts.length === 0 ? {} : { parts }), role: 'model' },
        ...(isLast ? { finishReason: FINISH_REASONS[finish] } : {}),
        index: 0,
      },
    ],
    usageMetadata: usageOf(isLast ? usage : { ...usage, output: 0 }),
    modelVersion: MODEL,
    responseId: 'resp-abc',
  };
}

function generateContentEvents(scene: Scene): Buffer[] {
  const { reasoning, text } = scene;
  const parts = [
    ...(reasoning?.pieces ?? []).map((piece) => ({ text: piece, thought: true })),
    ...(text ?? []).map((piece) => ({ text: piece })),
    ...callParts(scene),
  ];
  // The end comes in an event of its own, with an empty text.
  return [...parts.map((part) => sse(answerOf(scene, [part], false))), sse(answerOf(scene, [{ text: '' }], true))];
}

function readGenerateContentRequest({ json, path }: SeenRequest): NativeRequest {
  const [, model, method] = /\/models\/([^:/]+):(\w+)/.exec(path) ?? [];
  const config = object(json['generationConfig']);
  const { mode, allowedFunctionNames: allowed } = object(object(json['toolConfig'])['functionCallingConfig']);
  const thinking = object(config['thinkingConfig']);
  const modalities = config['responseModalities'] as unknown[] | undefined;
  const { responseMimeType: type, responseSchema, responseJsonSchema } = config;
  const schema = responseJsonSchema ?? responseSchema;
  return {
    model: decodeURIComponent(String(model)),
    streaming: method === 'streamGenerateContent',
    system: list(object(json['systemInstruction'])['parts']).map(({ text }) => String(text)),
    turns: turnsOf(list(json['contents'])),
    tools: list(json['tools'])
      .flatMap((tool) => list(tool['functionDeclarations']))
      .map((tool) => ({
        name: String(tool['name']),
        description: tool['description'] as string | undefined,
        schema: tool['parametersJsonSchema'] ?? tool['parameters'],
      })),
    toolChoice: choiceOf(mode, allowed),
    format: schema !== undefined ? { schema } : type === 'application/json' ? 'object' : undefined,
    thinks: Number(thinking['thinkingBudget'] ?? 0) > 0 || thinking['thinkingLevel'] !== undefined,
    parameters: {
      ...pick(config, {
        maxOutputTokens: 'max_tokens',
        stopSequences: 'stop',
        temperature: 'temperature',
        topP: 'top_p',
        seed: 'seed',
        presencePenalty: 'presence_penalty',
        frequencyPenalty: 'frequency_penalty',
        candidateCount: 'n',
        responseLogprobs: 'logprobs',
      }),
      ...pick(json, { labels: 'metadata', serviceTier: 'service_tier' }),
      ...(modalities === undefined ? {} : { modalities: modalities.map((one) => String(one).toLowerCase()) }),
      ...(list(json['tools']).some((tool) => tool['googleSearch'] !== undefined) ? { web_search_options: {} } : {}),
    },
  };
}

function choiceOf(mode: unknown, allowed: unknown): NativeRequest['toolChoice'] {
  if (mode === 'NONE') return 'none';
  if (mode !== 'ANY') return mode === 'AUTO' ? 'auto' : undefined;
  return Array.isArray(allowed) && allowed.length === 1 ? { name: String(allowed[0]) } : 'required';
}

function turnsOf(contents: readonly Json[]): NativeTurn[] {
  let calls: unknown[] = [];
  const turns = contents.map(({ role, parts }): NativeTurn => {
    const own = list(parts);
    if (role === 'model') {
      calls = own.flatMap((part) => (part['functionCall'] === undefined ? [] : [object(part['functionCall'])['name']]));
      return { role: 'assistant', parts: own.flatMap(partOf) };
    }
    // Without ids, the results of one function answer its calls in their order.
    const left: unknown[] = [...calls];
    return {
      role: 'user',
      parts: own.flatMap((part): NativePart[] => {
        const { name, response, parts: media } = object(part['functionResponse']);
        if (name === undefined) return partOf(part);
        const answers = left.indexOf(name);
        left[answers] = undefined;
        const said = Object.values(object(response));
        return [{ type: 'result', answers, text: said.map(textOf).join(''), images: list(media).length }];
      }),
    };
  });
  return joinTurns(turns);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function partOf(part: Json): NativePart[] {
  const seal: NativePart[] =
    part['thoughtSignature'] === undefined ? [] : [{ type: 'reasoning', seal: string(part['thoughtSignature']) }];
  return [...seal, ...bareParts(part)];
}

function bareParts(part: Json): NativePart[] {
  const { text, thought, inlineData, fileData, functionCall } = part;
  if (functionCall !== undefined) {
    const { name, args } = object(functionCall);
    return [{ type: 'call', name: String(name), arguments: args ?? {} }];
  }
  if (inlineData !== undefined) {
    const { mimeType, data } = object(inlineData);
    const mediaType = String(mimeType);
    const base64 = String(data);
    if (mediaType.startsWith('image/')) return [{ type: 'image', mediaType, base64 }];
    if (mediaType.startsWith('audio/')) return [{ type: 'audio', format: mediaType.replace('audio/', ''), base64 }];
    return [{ type: 'file', mediaType, base64 }];
  }
  if (fileData !== undefined) return [{ type: 'image', url: String(object(fileData)['fileUri']) }];
  return [thought === true ? { type: 'reasoning', text: String(text) } : { type: 'text', text: String(text) }];
}
