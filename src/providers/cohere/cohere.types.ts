/**
 * The wire types of Cohere's API v2 as this gateway reads and writes them: what it needs to know, no more. What comes
 * from the provider may lack any field and hold further ones.
 *
 * @see https://docs.cohere.com/reference/chat
 */

export interface CohereChatRequest {
  model: string;
  messages: CohereMessage[];
  stream: boolean;
  tools?: CohereTool[];
  tool_choice?: 'REQUIRED' | 'NONE';
  strict_tools?: true;
  response_format?: { type: 'json_object'; json_schema?: Record<string, unknown> };
  max_tokens?: number;
  stop_sequences?: string[];
  temperature?: number;
  p?: number;
  k?: number;
  seed?: number;
  frequency_penalty?: number;
  presence_penalty?: number;
  logprobs?: true;
  thinking?: CohereThinking;
  documents?: unknown[];
  citation_options?: unknown;
  safety_mode?: string;
}

export type CohereThinking =
  { type: 'enabled'; token_budget?: number } | { type: 'disabled' } | Record<string, unknown>;

export type CohereMessage = CohereSystemMessage | CohereUserMessage | CohereAssistantMessage | CohereToolMessage;

export interface CohereSystemMessage {
  role: 'system';
  content: string | CohereTextBlock[];
}

export interface CohereUserMessage {
  role: 'user';
  content: string | (CohereTextBlock | CohereImageBlock)[];
}

export interface CohereAssistantMessage {
  role: 'assistant';
  content?: string | (CohereTextBlock | CohereThinkingBlock)[];
  tool_plan?: string;
  tool_calls?: CohereToolCall[];
}

export interface CohereToolMessage {
  role: 'tool';
  tool_call_id: string;
  content: string | CohereTextBlock[];
}

export interface CohereTextBlock {
  type: 'text';
  text: string;
}

export interface CohereThinkingBlock {
  type: 'thinking';
  thinking: string;
}

export interface CohereImageBlock {
  type: 'image_url';
  image_url: { url: string; detail?: 'auto' | 'low' | 'high' };
}

export interface CohereToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

export interface CohereTool {
  type: 'function';
  function: { name: string; description?: string; parameters: Record<string, unknown> };
}

/** A whole answer. */
export interface CohereChatResponse {
  id?: string;
  message: CohereAnswerMessage;
  finish_reason?: string | null;
  usage?: CohereUsage | null;
  logprobs?: CohereLogprobs[] | null;
  error?: string;
  error_type?: string;
}

export interface CohereAnswerMessage {
  content?: CohereAnswerBlock[] | null;
  tool_plan?: string | null;
  tool_calls?: CohereAnswerToolCall[] | null;
  citations?: CohereCitation[] | null;
}

/** A block of an answer, of any type: which fields it has depends on `type`, and there are types nobody here knows. */
export interface CohereAnswerBlock {
  type?: string;
  text?: string | null;
  thinking?: string | null;
}

export interface CohereAnswerToolCall {
  id?: string;
  function?: { name?: string; arguments?: string | null } | null;
}

/** @see https://docs.cohere.com/docs/rag-citations */
export interface CohereCitation {
  start?: number;
  end?: number;
  text?: string;
  /** Of what: `TEXT_CONTENT`, `THINKING_CONTENT`, `PLAN`. */
  type?: string;
  /** Of the block among all blocks of the answer; left out for the only one. */
  content_index?: number;
  sources?: CohereSource[] | null;
}

export interface CohereSource {
  type?: string;
  id?: string;
  document?: Record<string, unknown> | null;
  tool_output?: Record<string, unknown> | null;
}

export interface CohereLogprobs {
  text?: string;
  token_ids?: number[];
  logprobs?: number[];
}

/** @see https://docs.cohere.com/docs/how-does-cohere-pricing-work */
export interface CohereUsage {
  /** What is paid for: without the preamble that Cohere puts before every prompt, and the marks it takes out again. */
  billed_units?: CohereTokens | null;
  /** All that went through the model. */
  tokens?: CohereTokens | null;
  /** Of the `tokens`. */
  cached_tokens?: number | null;
}

export interface CohereTokens {
  input_tokens?: number | null;
  output_tokens?: number | null;
  reasoning_tokens?: number | null;
}

/** One event of a stream. @see https://docs.cohere.com/docs/streaming */
export interface CohereStreamEvent {
  type?: string;
  id?: string;
  index?: number;
  delta?: {
    message?: {
      content?: CohereAnswerBlock | CohereAnswerBlock[] | null;
      tool_plan?: string;
      tool_calls?: CohereAnswerToolCall | CohereAnswerToolCall[] | null;
      citations?: CohereCitation | CohereCitation[] | null;
    };
    finish_reason?: string;
    usage?: CohereUsage;
    error?: string;
    error_type?: string;
  };
  logprobs?: CohereLogprobs | null;
  /** Of an event that says nothing but an error. */
  message?: unknown;
}
