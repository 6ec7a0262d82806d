import { type ClaudeThinking } from '../claude-thinking.js';

/**
 * The wire types of Anthropic's Messages API as this gateway reads and writes them: what it needs to know, no more.
 * What comes from the provider may lack any field and hold further ones.
 *
 * @see https://platform.claude.com/docs/en/api/messages/create
 */

export interface MessagesRequest {
  model: string;
  max_tokens: number;
  messages: MessageTurn[];
  system?: TextBlock[];
  stream?: true;
  temperature?: number;
  top_p?: number;
  top_k?: number;
  stop_sequences?: string[];
  tools?: MessagesTool[];
  tool_choice?: MessagesToolChoice;
  thinking?: ClaudeThinking;
  output_config?: Record<string, unknown>;
  metadata?: { user_id: string };
  service_tier?: 'auto' | 'standard_only';
}

export interface MessageTurn {
  role: 'user' | 'assistant';
  content: ContentBlock[];
}

export interface CacheControl {
  type: 'ephemeral';
  ttl?: '5m' | '1h';
}

export interface TextBlock {
  type: 'text';
  text: string;
  cache_control?: CacheControl;
}

export interface ImageBlock {
  type: 'image';
  source: Base64Source | UrlSource | FileSource;
  cache_control?: CacheControl;
}

export interface DocumentBlock {
  type: 'document';
  source: Base64Source | UrlSource | FileSource | { type: 'text'; media_type: 'text/plain'; data: string };
  title?: string;
  cache_control?: CacheControl;
}

export interface Base64Source {
  type: 'base64';
  media_type: string;
  data: string;
}

export interface UrlSource {
  type: 'url';
  url: string;
}

export interface FileSource {
  type: 'file';
  file_id: string;
}

export interface ThinkingBlock {
  type: 'thinking';
  thinking: string;
  signature: string;
}

export interface RedactedThinkingBlock {
  type: 'redacted_thinking';
  data: string;
}

export interface ToolUseBlock {
  type: 'tool_use';
  id: string;
  name: string;
  input: Record<string, unknown>;
  cache_control?: CacheControl;
}

export interface ToolResultBlock {
  type: 'tool_result';
  tool_use_id: string;
  content?: (TextBlock | ImageBlock | DocumentBlock)[];
  cache_control?: CacheControl;
}

export type ContentBlock =
  TextBlock | ImageBlock | DocumentBlock | ThinkingBlock | RedactedThinkingBlock | ToolUseBlock | ToolResultBlock;

export interface MessagesTool {
  name: string;
  description?: string;
  input_schema: Record<string, unknown>;
  strict?: true;
  cache_control?: CacheControl;
}

export type MessagesToolChoice =
  | { type: 'auto' | 'any'; disable_parallel_tool_use?: true }
  | { type: 'tool'; name: string; disable_parallel_tool_use?: true }
  | { type: 'none' };

/** A whole answer. */
export interface MessagesResponse {
  type?: string;
  id?: string;
  model?: string;
  content: AnswerBlock[];
  stop_reason?: string | null;
  stop_details?: StopDetails | null;
  usage?: MessagesUsage | null;
}

/** A block of an answer, of any type: which fields it has depends on `type`, and there are types nobody here knows. */
export interface AnswerBlock {
  type?: string;
  text?: string;
  citations?: Citation[] | null;
  thinking?: string;
  signature?: string;
  data?: string;
  id?: string;
  name?: string;
  input?: unknown;
}

/** @see https://platform.claude.com/docs/en/build-with-claude/citations */
export interface Citation {
  type?: string;
  url?: string | null;
  title?: string | null;
}

export interface StopDetails {
  type?: string;
  category?: string | null;
  explanation?: string | null;
}

/** @see https://platform.claude.com/docs/en/build-with-claude/prompt-caching#tracking-cache-performance */
export interface MessagesUsage {
  /** Neither read from a cache nor written to one. */
  input_tokens?: number | null;
  cache_read_input_tokens?: number | null;
  /** All that was written to a cache, of whatever lifetime. */
  cache_creation_input_tokens?: number | null;
  cache_creation?: {
    ephemeral_5m_input_tokens?: number | null;
    ephemeral_1h_input_tokens?: number | null;
  } | null;
  /** Thinking included. */
  output_tokens?: number | null;
  output_tokens_details?: { thinking_tokens?: number | null } | null;
  /** Anthropic's own tools, which it bills by the use. */
  server_tool_use?: { web_search_requests?: number | null } | null;
  service_tier?: string | null;
}

/** One event of a stream. @see https://platform.claude.com/docs/en/build-with-claude/streaming */
export interface MessagesStreamEvent {
  type?: string;
  message?: Partial<MessagesResponse>;
  index?: number;
  content_block?: AnswerBlock;
  delta?: MessagesStreamDelta;
  usage?: MessagesUsage | null;
  error?: unknown;
}

export interface MessagesStreamDelta {
  type?: string;
  text?: string;
  partial_json?: string;
  thinking?: string;
  signature?: string;
  citation?: Citation;
  stop_reason?: string | null;
  stop_details?: StopDetails | null;
}
