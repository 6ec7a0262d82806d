import { crc32 } from 'node:zlib';
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

const MODEL = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const EMBEDDER = 'amazon.titan-embed-text-v2:0';
const ACCESS_KEY = 'AKIAIOSFODNN7EXAMPLE';

/** @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export const bedrock: ProviderDouble = {
  kind: 'bedrock',
  model: MODEL,
  tells: {
    callIds: true,
    seals: true,
    reasoning: true,
    textBesideCalls: true,
    refusals: false,
    finishes: ['stop', 'length', 'tool_calls', 'content_filter'],
  },
  settings: (origin) => ({
    baseUrl: origin,
    region: 'eu-central-1',
    accessKeyId: ACCESS_KEY,
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  }),
  chatPath: (streaming) => `/model/${encodeURIComponent(MODEL)}/converse${streaming ? '-stream' : ''}`,
  letsIn: ({ headers }) =>
    new RegExp(
      `^AWS4-HMAC-SHA256 Credential=${ACCESS_KEY}/\\d{8}/eu-central-1/bedrock/aws4_request, ?SignedHeaders=\\S+, ?Signature=[0-9a-f]{64}$`,
    ).test(headers.authorization ?? '') && headers['x-amz-date'] !== undefined,
  read: readConverseRequest,
  answer: (scene) => ({
    output: { message: { role: 'assistant', content: blocksOf(scene) } },
    stopReason: STOP_REASONS[scene.finish],
    usage: usageOf(scene.usage),
    metrics: { latencyMs: 100 },
  }),
  events: converseEvents,
  streamType: 'application/vnd.amazon.eventstream',
  streamError: (message) =>
    eventStreamMessage({ ':message-type': 'exception', ':exception-type': 'throttlingException' }, { message }),
  error: (_status, message) => ({ message }),
  // Thinking is among the output tokens, and not told apart.
  tokens: ({ input, cacheRead, output, reasoning }) => ({
    ...NO_TOKENS,
    inputUncached: input,
    cacheRead,
    output: output + reasoning,
  }),
  embeddings: {
    model: EMBEDDER,
    path: `/model/${encodeURIComponent(EMBEDDER)}/invoke`,
    counts: true,
    // Titan takes one text a request.
    read: ({ json, path }) => ({
      model: decodeURIComponent(/^\/model\/([^/]+)\/invoke$/.exec(path)?.[1] ?? ''),
      inputs: [json['inputText']],
      parameters: pick(json, { dimensions: 'dimensions' }),
    }),
    answer: ([embedding], _request, inputTextTokenCount) => ({ embedding, inputTextTokenCount }),
  },
};

const STOP_REASONS = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'guardrail_intervened',
};

const usageOf = ({ input, cacheRead, output, reasoning }: SceneUsage): Json => ({
  inputTokens: input,
  outputTokens: output + reasoning,
  totalTokens: input + cacheRead + output + reasoning,
  cacheReadInputTokens: cacheRead,
  cacheWriteInputTokens: 0,
});

function blocksOf({ reasoning, text, calls }: Scene): Json[] {
  return [
    ...(reasoning === undefined
      ? []
      : [{ reasoningContent: { reasoningText: { text: reasoning.pieces.join(''), signature: reasoning.seal } } }]),
    ...(text === undefined || text.length === 0 ? [] : [{ text: text.join('') }]),
    ...(calls ?? []).map(({ id, name, arguments: input }) => ({ toolUse: { toolUseId: id, name, input } })),
  ];
}

function converseEvents({ reasoning, text, calls, finish, usage }: Scene): Buffer[] {
  const blocks: { start?: Json; deltas: Json[] }[] = [
    ...(reasoning === undefined
      ? []
      : [
          {
            deltas: [
              ...reasoning.pieces.map((piece) => ({ reasoningContent: { text: piece } })),
              { reasoningContent: { signature: reasoning.seal } },
            ],
          },
        ]),
    ...(text === undefined || text.length === 0 ? [] : [{ deltas: text.map((piece) => ({ text: piece })) }]),
    ...(calls ?? []).map(({ id, name, arguments: value }) => {
      const written = JSON.stringify(value);
      const middle = Math.ceil(written.length / 2);
      return {
        start: { toolUse: { toolUseId: id, name } },
        deltas: [written.slice(0, middle), written.slice(middle)].map((input) => ({ toolUse: { input } })),
      };
    }),
  ];
  return [
    event('messageStart', { role: 'assistant' }),
    ...blocks.flatMap(({ start, deltas }, contentBlockIndex) => [
      ...(start === undefined ? [] : [event('contentBlockStart', { contentBlockIndex, start })]),
      ...deltas.map((delta) => event('contentBlockDelta', { contentBlockIndex, delta })),
      event('contentBlockStop', { contentBlockIndex }),
    ]),
    event('messageStop', { stopReason: STOP_REASONS[finish] }),
    event('metadata', { usage: usageOf(usage), metrics: { latencyMs: 100 } }),
  ];
}

const event = (name: string, payload: Json): Buffer =>
  eventStreamMessage(
    { ':event-type': name, ':content-type': 'application/json', ':message-type': 'event' },
    // Padding, as AWS sends it against guesses from the length.
    { ...payload, p: 'abcdefghijkl' },
  );

/**
 * One message: total length, length of the headers, checksum of both; headers; payload; checksum of all.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html
 */
function eventStreamMessage(headers: Readonly<Record<string, string>>, payload: Json): Buffer {
  const head = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const bytes = Buffer.alloc(4 + name.length + value.length);
      bytes.writeUInt8(name.length, 0);
      bytes.write(name, 1);
      // Type 7: a string.
      bytes.writeUInt8(7, 1 + name.length);
      bytes.writeUInt16BE(value.length, 2 + name.length);
      bytes.write(value, 4 + name.length);
      return bytes;
    }),
  );
  const body = Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + head.length + body.length, 0);
  prelude.writeUInt32BE(head.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const message = Buffer.concat([prelude, head, body]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(message), 0);
  return Buffer.concat([message, checksum]);
}

function readConverseRequest({ json, path }: SeenRequest): NativeRequest {
  const [, model, method] = /\/model\/([^/]+)\/(converse(?:-stream)?)$/.exec(path) ?? [];
  const { tools, toolChoice } = object(json['toolConfig']);
  const more = object(json['additionalModelRequestFields']);
  const textFormat = object(object(json['outputConfig'])['textFormat']);
  const written = object(object(textFormat['structure'])['jsonSchema'])['schema'];
  return {
    model: decodeURIComponent(String(model)),
    streaming: method === 'converse-stream',
    system: list(json['system']).flatMap(({ text }) => (text === undefined ? [] : [string(text)])),
    turns: turnsOf(list(json['messages'])),
    tools: list(tools).map((tool) => {
      const { name, description, inputSchema, strict } = object(tool['toolSpec']);
      return {
        name: String(name),
        description: description as string | undefined,
        schema: object(inputSchema)['json'],
        ...(strict === true ? { strict } : {}),
      };
    }),
    toolChoice: choiceOf(toolChoice),
    format: typeof written === 'string' ? { schema: JSON.parse(written) as unknown } : undefined,
    thinks: ['enabled', 'adaptive'].includes(String(object(more['thinking'])['type'])),
    parameters: {
      ...pick(object(json['inferenceConfig']), {
        maxTokens: 'max_tokens',
        stopSequences: 'stop',
        temperature: 'temperature',
        topP: 'top_p',
      }),
      ...pick(json, { requestMetadata: 'metadata' }),
      ...pick(object(json['serviceTier']), { type: 'service_tier' }),
      ...pick(object(more['metadata']), { user_id: 'user' }),
      ...(object(more['tool_choice'])['disable_parallel_tool_use'] === true ? { parallel_tool_calls: false } : {}),
    },
  };
}

function choiceOf(choice: unknown): NativeRequest['toolChoice'] {
  const { auto, any, tool } = object(choice);
  if (tool !== undefined) return { name: String(object(tool)['name']) };
  return any !== undefined ? 'required' : auto !== undefined ? 'auto' : undefined;
}

function turnsOf(messages: readonly Json[]): NativeTurn[] {
  let callIds: unknown[] = [];
  const turns = messages.map(({ role, content }): NativeTurn => {
    const blocks = list(content);
    const parts = blocks.flatMap((block) => partOf(block, callIds));
    if (role === 'assistant') {
      callIds = blocks.flatMap(({ toolUse }) => (toolUse === undefined ? [] : [object(toolUse)['toolUseId']]));
    }
    return { role: role as NativeTurn['role'], parts };
  });
  return joinTurns(turns);
}

function partOf(block: Json, callIds: readonly unknown[]): NativePart[] {
  const { text, image, document, reasoningContent, toolUse, toolResult } = block;
  if (text !== undefined) return [{ type: 'text', text: string(text) }];
  if (image !== undefined) return [mediaOf(image, 'image')];
  if (document !== undefined) return [mediaOf(document, 'file')];
  if (reasoningContent !== undefined) {
    const { text: thought, signature } = object(object(reasoningContent)['reasoningText']);
    return [{ type: 'reasoning', text: String(thought), seal: String(signature) }];
  }
  if (toolUse !== undefined) {
    const { name, input } = object(toolUse);
    return [{ type: 'call', name: String(name), arguments: input }];
  }
  if (toolResult === undefined) return [];
  const { toolUseId, content } = object(toolResult);
  return [
    {
      type: 'result',
      answers: callIds.indexOf(toolUseId),
      text: list(content)
        .map((one) => string(one['text']))
        .join(''),
      images: list(content).filter((one) => one['image'] !== undefined).length,
    },
  ];
}

function mediaOf(media: unknown, type: 'image' | 'file'): NativePart {
  const { format, source } = object(media);
  const base64 = String(object(source)['bytes']);
  const mediaType = `${type === 'image' ? 'image' : 'application'}/${String(format)}`;
  return { type, mediaType, base64 };
}
