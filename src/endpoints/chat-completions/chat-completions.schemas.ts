import { FLAG, listOf, NamedSchema, NUMBER, oneOf, orNull, TEXT, WHOLE } from '../../protocol/json-schema.js';
import { anyOf, between, jsonShape, MODEL, OBJECT, some, whole } from '../request-shape.js';

const PART = new NamedSchema('ChatContentPart', {
  anyOf: [
    { type: 'object', properties: { type: oneOf('text'), text: TEXT }, required: ['type', 'text'] },
    {
      type: 'object',
      properties: { type: oneOf('image_url', 'input_audio', 'file', 'refusal') },
      required: ['type'],
    },
  ],
});

const CONTENT = anyOf(TEXT, listOf(PART));

const MESSAGE = new NamedSchema('ChatMessage', {
  anyOf: [
    {
      type: 'object',
      properties: { role: oneOf('system', 'developer', 'user'), content: CONTENT },
      required: ['role', 'content'],
    },
    {
      type: 'object',
      properties: { role: oneOf('assistant', 'tool', 'function'), content: anyOf(CONTENT, { type: 'null' }) },
      required: ['role'],
    },
  ],
});

const TOOL = new NamedSchema('ChatTool', {
  anyOf: [
    {
      type: 'object',
      properties: {
        type: oneOf('function'),
        function: { type: 'object', properties: { name: TEXT }, required: ['name'] },
      },
      required: ['type', 'function'],
    },
    { type: 'object', properties: { type: oneOf('custom') }, required: ['type'] },
  ],
});

const RESPONSE_FORMAT = {
  anyOf: [
    { type: 'object', properties: { type: oneOf('text', 'json_object') }, required: ['type'] },
    {
      type: 'object',
      properties: { type: oneOf('json_schema'), json_schema: OBJECT },
      required: ['type', 'json_schema'],
    },
  ],
};

const STREAM_OPTIONS = {
  type: 'object',
  properties: { include_usage: { type: ['boolean', 'null'] } },
};

/** The parameters of OpenAI's chat completions. @see https://platform.openai.com/docs/api-reference/chat/create */
export const CHAT_REQUEST = jsonShape(
  'ChatCompletionRequest',
  { model: MODEL, messages: some(MESSAGE) },
  {
    audio: OBJECT,
    frequency_penalty: between(-2, 2),
    function_call: anyOf(TEXT, OBJECT),
    functions: listOf(OBJECT),
    logit_bias: OBJECT,
    logprobs: FLAG,
    max_completion_tokens: whole(1),
    max_tokens: whole(1),
    metadata: OBJECT,
    modalities: listOf(TEXT),
    n: whole(1, 128),
    parallel_tool_calls: FLAG,
    prediction: OBJECT,
    presence_penalty: between(-2, 2),
    prompt_cache_key: TEXT,
    reasoning_effort: TEXT,
    response_format: RESPONSE_FORMAT,
    safety_identifier: TEXT,
    seed: WHOLE,
    service_tier: TEXT,
    stop: anyOf(TEXT, listOf(TEXT)),
    store: FLAG,
    stream: FLAG,
    stream_options: STREAM_OPTIONS,
    temperature: between(0, 2),
    tool_choice: anyOf(TEXT, OBJECT),
    tools: listOf(TOOL),
    top_logprobs: whole(0, 20),
    top_p: between(0, 1),
    user: TEXT,
    verbosity: TEXT,
    web_search_options: OBJECT,
  },
  { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hello!' }] },
);

const USAGE = new NamedSchema('ChatUsage', {
  type: 'object',
  properties: {
    prompt_tokens: WHOLE,
    completion_tokens: WHOLE,
    total_tokens: WHOLE,
    prompt_tokens_details: orNull(OBJECT),
    completion_tokens_details: orNull(OBJECT),
  },
  required: ['prompt_tokens', 'completion_tokens', 'total_tokens'],
});

const TOOL_CALL = new NamedSchema('ChatToolCall', {
  type: 'object',
  properties: {
    id: TEXT,
    type: TEXT,
    function: { type: 'object', properties: { name: TEXT, arguments: TEXT }, required: ['name', 'arguments'] },
  },
  required: ['id', 'type'],
});

const ANSWER_MESSAGE = {
  type: 'object',
  properties: {
    role: oneOf('assistant'),
    content: orNull(TEXT),
    refusal: orNull(TEXT),
    tool_calls: listOf(TOOL_CALL),
    reasoning_content: orNull(TEXT),
  },
  required: ['role', 'content'],
};

export const CHAT_COMPLETION = new NamedSchema('ChatCompletion', {
  type: 'object',
  properties: {
    id: TEXT,
    object: oneOf('chat.completion'),
    created: NUMBER,
    model: TEXT,
    choices: listOf({
      type: 'object',
      properties: { index: WHOLE, message: ANSWER_MESSAGE, finish_reason: orNull(TEXT), logprobs: orNull(OBJECT) },
      required: ['index', 'message', 'finish_reason'],
    }),
    usage: USAGE,
    service_tier: orNull(TEXT),
    system_fingerprint: orNull(TEXT),
  },
  required: ['id', 'object', 'created', 'model', 'choices'],
});
