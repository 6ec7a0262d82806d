/**
 * The wire types of Bedrock's Converse API as this gateway reads and writes them: what it needs to know, no more. What
 * comes from the provider may lack any field and hold further ones. Bytes are base64.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */

export interface ConverseRequest {
  messages: ConverseTurn[];
  system?: SystemBlock[];
  inferenceConfig?: InferenceConfig;
  toolConfig?: ToolConfig;
  outputConfig?: OutputConfig;
  /** Parameters of the model's own. */
  additionalModelRequestFields?: Record<string, unknown>;
  additionalModelResponseFieldPaths?: unknown;
  guardrailConfig?: unknown;
  performanceConfig?: unknown;
  promptVariables?: unknown;
  requestMetadata?: unknown;
  serviceTier?: { type: string };
}

export interface InferenceConfig {
  maxTokens?: number;
  temperature?: number;
  topP?: number;
  stopSequences?: string[];
}

/** @see https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html */
export interface OutputConfig {
  textFormat: {
    type: 'json_schema';
    /** `schema` is JSON in a string. */
    structure: { jsonSchema: { schema: string; name?: string; description?: string } };
  };
}

export interface ConverseTurn {
  role: 'user' | 'assistant';
  content: ContentBlock[];
}

/** @see https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html */
export interface CachePointBlock {
  cachePoint: { type: 'default'; ttl?: '5m' | '1h' };
}

export interface TextBlock {
  text: string;
}

export interface ImageBlock {
  image: { format: string; source: { bytes: string } };
}

/** @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html */
export interface DocumentBlock {
  document: { format: string; name: string; source: { bytes: string }; context?: string; citations?: unknown };
}

export interface ReasoningBlock {
  reasoningContent: { reasoningText: { text: string; signature: string } } | { redactedContent: string };
}

export interface ToolUseBlock {
  toolUse: { toolUseId: string; name: string; input: Record<string, unknown> };
}

export interface ToolResultBlock {
  toolResult: { toolUseId: string; content: (TextBlock | ImageBlock | DocumentBlock)[]; status?: 'error' };
}

export type SystemBlock = TextBlock | CachePointBlock;

export type PartBlock = TextBlock | ImageBlock | DocumentBlock | CachePointBlock;

export type ContentBlock = PartBlock | ReasoningBlock | ToolUseBlock | ToolResultBlock;

/** @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolConfiguration.html */
export interface ToolConfig {
  tools: (ToolBlock | CachePointBlock)[];
  toolChoice?: ToolChoice;
}

export type ToolBlock = { toolSpec: ToolSpec } | { systemTool: { name: string } };

export interface ToolSpec {
  name: string;
  description?: string;
  inputSchema: { json: Record<string, unknown> };
  strict?: true;
}

export type ToolChoice = { any: Record<string, never> } | { tool: { name: string } };

/** A whole answer. */
export interface ConverseResponse extends ConverseMetadata {
  output: { message: { content: AnswerBlock[] } };
  stopReason?: string;
  additionalModelResponseFields?: unknown;
}

/** What is told of an answer besides its message; in a stream, the last event. */
export interface ConverseMetadata {
  usage?: ConverseUsage | null;
  trace?: unknown;
  serviceTier?: { type?: string } | null;
}

/** A block of an answer: one of these is there, or something nobody here knows. */
export interface AnswerBlock {
  text?: string;
  toolUse?: AnswerToolUse;
  reasoningContent?: { reasoningText?: { text?: string; signature?: string }; redactedContent?: string };
  citationsContent?: { content?: { text?: string }[]; citations?: Citation[] };
}

export interface AnswerToolUse {
  toolUseId?: string;
  name?: string;
  input?: unknown;
  /** `server_tool_use` where the provider has run the tool itself. */
  type?: string;
}

/** @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Citation.html */
export interface Citation {
  title?: string;
  location?: { web?: { url?: string } };
}

/** @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html */
export interface ConverseUsage {
  /** Neither read from a cache nor written to one. */
  inputTokens?: number;
  outputTokens?: number;
  cacheReadInputTokens?: number;
  /** All that was written to a cache, of whatever lifetime. */
  cacheWriteInputTokens?: number;
  /** What was written to a cache, by its lifetime: `5m` or `1h`. */
  cacheDetails?: { ttl?: string; inputTokens?: number }[] | null;
}

/** @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html */
export interface ContentBlockStart {
  contentBlockIndex?: number;
  start?: { toolUse?: AnswerToolUse };
}

export interface ContentBlockDelta {
  contentBlockIndex?: number;
  delta?: {
    text?: string;
    /** `input`: a piece of JSON. */
    toolUse?: { input?: string };
    reasoningContent?: { text?: string; signature?: string; redactedContent?: string };
    citation?: Citation;
  };
}

export interface MessageStop {
  stopReason?: string;
  additionalModelResponseFields?: unknown;
}
