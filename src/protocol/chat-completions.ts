/**
 * The wire types of OpenAI's chat completions as this gateway reads and writes them: what it needs to know, no more.
 * Every object may carry further fields; those of a request travel on to a provider of the same dialect unchanged.
 *
 * @see https://platform.openai.com/docs/api-reference/chat
 */

export interface ChatCompletionRequest {
  model: string;
  messages: ChatMessage[];
  stream?: boolean | null;
  stream_options?: { include_usage?: boolean | null } | null;
  max_tokens?: number | null;
  max_completion_tokens?: number | null;
  temperature?: number | null;
  top_p?: number | null;
  n?: number | null;
  stop?: string | string[] | null;
  seed?: number | null;
  presence_penalty?: number | null;
  frequency_penalty?: number | null;
  tools?: ChatTool[] | null;
  tool_choice?: ChatToolChoice | null;
  parallel_tool_calls?: boolean | null;
  response_format?: ChatResponseFormat | null;
  reasoning_effort?: string | null;
  user?: string | null;
  metadata?: Record<string, string> | null;
  service_tier?: string | null;
  [unknown: string]: unknown;
}

export type ChatMessage = ChatSystemMessage | ChatUserMessage | ChatAssistantMessage | ChatToolMessage;

export interface ChatSystemMessage {
  role: 'system' | 'developer';
  content: string | ChatTextPart[];
  name?: string;
}

export interface ChatUserMessage {
  role: 'user';
  content: string | ChatContentPart[];
  name?: string;
}

export interface ChatAssistantMessage {
  role: 'assistant';
  content?: string | (ChatTextPart | ChatRefusalPart)[] | null;
  refusal?: string | null;
  name?: string;
  tool_calls?: ChatToolCall[] | null;
  /** The older form of a single tool call. */
  function_call?: { name: string; arguments: string } | null;
  /** Reasoning as text, the name DeepSeek, xAI, vLLM and llama.cpp gave it. */
  reasoning_content?: string | null;
  /** Reasoning with what its provider needs to take it back, the shape OpenRouter gave it. */
  reasoning_details?: ReasoningDetail[] | null;
  images?: ChatOutputImage[] | null;
  audio?: { id: string; data?: string | null; transcript?: string | null } | null;
  extra_content?: ChatExtraContent | null;
}

export interface ChatToolMessage {
  /** `function` is the older name of the role. */
  role: 'tool' | 'function';
  content: string | ChatContentPart[];
  tool_call_id?: string;
  name?: string;
}

/** `cache_control` marks a prompt-cache breakpoint for the providers that have them (Anthropic, through OpenRouter too). */
export interface ChatCacheControl {
  type: 'ephemeral';
  ttl?: '5m' | '1h';
}

export interface ChatTextPart {
  type: 'text';
  text: string;
  cache_control?: ChatCacheControl | null;
}

export interface ChatRefusalPart {
  type: 'refusal';
  refusal: string;
}

export interface ChatImagePart {
  type: 'image_url';
  image_url: { url: string; detail?: string | null };
  cache_control?: ChatCacheControl | null;
}

export interface ChatAudioPart {
  type: 'input_audio';
  input_audio: { data: string; format: string };
}

export interface ChatFilePart {
  type: 'file';
  file: { file_data?: string | null; file_id?: string | null; filename?: string | null };
  cache_control?: ChatCacheControl | null;
}

export type ChatContentPart = ChatTextPart | ChatImagePart | ChatAudioPart | ChatFilePart | ChatRefusalPart;

export interface ChatTool {
  type: 'function';
  function: {
    name: string;
    description?: string | null;
    parameters?: Record<string, unknown> | null;
    strict?: boolean | null;
  };
  cache_control?: ChatCacheControl | null;
}

export type ChatToolChoice = 'none' | 'auto' | 'required' | { type: 'function'; function: { name: string } };

export type ChatResponseFormat =
  | { type: 'text' }
  | { type: 'json_object' }
  | {
      type: 'json_schema';
      json_schema: {
        name: string;
        description?: string | null;
        schema?: Record<string, unknown> | null;
        strict?: boolean | null;
      };
    };

export interface ChatToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
  extra_content?: ChatExtraContent | null;
}

/** What a provider wants back with a part of its answer. @see https://ai.google.dev/gemini-api/docs/thought-signatures */
export interface ChatExtraContent {
  google?: { thought_signature?: string | null } | null;
}

/** An image in an answer, the shape OpenRouter gave it. @see https://openrouter.ai/docs/features/multimodal/image-generation */
export interface ChatOutputImage {
  type: 'image_url';
  /** A data URL. */
  image_url: { url: string };
  index?: number;
  extra_content?: ChatExtraContent | null;
}

/** Speech in an answer; in a stream, what came of it. @see https://platform.openai.com/docs/guides/audio */
export interface ChatOutputAudio {
  id: string;
  /** Base64. */
  data: string;
  transcript: string;
  /** Seconds since 1970. */
  expires_at: number;
}

/** @see https://openrouter.ai/docs/use-cases/reasoning-tokens#reasoning_details-array-structure */
export type ReasoningDetail =
  | { type: 'reasoning.text'; text: string; signature?: string | null; format?: string | null; index?: number }
  | {
      type: 'reasoning.encrypted';
      data: string;
      /** Of the tool call that it belongs to. */
      id?: string | null;
      format?: string | null;
      index?: number;
    }
  | { type: 'reasoning.summary'; summary: string; format?: string | null; index?: number };

export type ChatFinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'function_call';

export interface ChatAnnotation {
  type: 'url_citation';
  url_citation: { url: string; title: string; start_index: number; end_index: number };
}

export interface ChatCompletionMessage {
  role: 'assistant';
  content: string | null;
  refusal?: string | null;
  tool_calls?: ChatToolCall[];
  annotations?: ChatAnnotation[];
  reasoning_content?: string | null;
  reasoning_details?: ReasoningDetail[];
  images?: ChatOutputImage[];
  audio?: ChatOutputAudio | null;
}

export interface ChatCompletion {
  id: string;
  object: 'chat.completion';
  /** Seconds since 1970. */
  created: number;
  model: string;
  choices: {
    index: number;
    message: ChatCompletionMessage;
    finish_reason: ChatFinishReason | null;
    logprobs?: unknown;
  }[];
  usage?: ChatUsage;
  service_tier?: string | null;
  system_fingerprint?: string | null;
}

export interface ChatToolCallDelta {
  /** Counts the tool calls of one message from 0 without gaps. */
  index: number;
  /** Only on the first delta of a call. */
  id?: string;
  type?: 'function';
  function?: { name?: string; arguments?: string };
  extra_content?: ChatExtraContent;
}

export interface ChatDelta {
  role?: 'assistant';
  content?: string | null;
  refusal?: string | null;
  tool_calls?: ChatToolCallDelta[];
  annotations?: ChatAnnotation[];
  reasoning_content?: string | null;
  reasoning_details?: ReasoningDetail[];
  images?: ChatOutputImage[];
  audio?: Partial<ChatOutputAudio>;
}

export interface ChatCompletionChunk {
  id: string;
  object: 'chat.completion.chunk';
  /** Seconds since 1970. */
  created: number;
  model: string;
  choices: { index: number; delta: ChatDelta; finish_reason: ChatFinishReason | null; logprobs?: unknown }[];
  usage?: ChatUsage | null;
  service_tier?: string | null;
  system_fingerprint?: string | null;
}

/** `prompt_tokens` and `completion_tokens` are totals; the details are parts of them. */
export interface ChatUsage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details?: { cached_tokens?: number; cache_write_tokens?: number; audio_tokens?: number } | null;
  completion_tokens_details?: { reasoning_tokens?: number; audio_tokens?: number } | null;
}
