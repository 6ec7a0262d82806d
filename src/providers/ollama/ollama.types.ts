/**
 * The wire types of Ollama's own API as this gateway reads and writes them: what it needs to know, no more.
 *
 * @see https://docs.ollama.com/api
 */

export interface OllamaChatRequest extends OllamaRequest {
  messages: OllamaMessage[];
  tools?: OllamaTool[];
  think?: OllamaThink;
  logprobs?: true;
  top_logprobs?: number;
  /** Any JSON object, or a schema, which the answer is held to letter by letter. */
  format?: 'json' | Record<string, unknown>;
}

export interface OllamaGenerateRequest extends OllamaRequest {
  prompt: string;
  suffix?: string;
  /** The prompt as it is, without the model's template for conversations. */
  raw?: true;
  logprobs?: true;
  top_logprobs?: number;
}

export interface OllamaEmbedRequest {
  model: string;
  input: string | string[];
  dimensions?: number;
  truncate?: unknown;
  options?: Record<string, unknown>;
  keep_alive?: unknown;
}

interface OllamaRequest {
  model: string;
  /** Left out it would be `true`. */
  stream: boolean;
  options?: Record<string, unknown>;
  /** How long the model stays loaded: seconds, or `10m`. */
  keep_alive?: unknown;
  truncate?: unknown;
  shift?: unknown;
}

/** gpt-oss takes levels; other models that think only whether to. */
export type OllamaThink = boolean | 'low' | 'medium' | 'high';

export interface OllamaMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
  thinking?: string;
  /** Base64, without a type. */
  images?: string[];
  tool_calls?: OllamaToolCall[];
  /** Of a tool's result: the tool, and, for servers that give calls ids, the call. */
  tool_name?: string;
  tool_call_id?: string;
}

export interface OllamaToolCall {
  id?: string;
  type: 'function';
  function: { name: string; arguments: Record<string, unknown> };
}

export interface OllamaTool {
  type: 'function';
  function: { name: string; description?: string; parameters: Record<string, unknown> };
}

/** A whole answer, or a line of a stream: nothing about it is sure before it has been looked at. */
export interface OllamaAnswer {
  readonly model?: unknown;
  readonly created_at?: unknown;
  /** Of a chat. */
  readonly message?: unknown;
  /** Of a completion. */
  readonly response?: unknown;
  readonly done?: unknown;
  readonly done_reason?: unknown;
  readonly logprobs?: unknown;
  readonly prompt_eval_count?: unknown;
  readonly prompt_eval_cached_count?: unknown;
  readonly eval_count?: unknown;
  readonly error?: unknown;
}
