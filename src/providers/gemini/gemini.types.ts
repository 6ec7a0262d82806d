/**
 * The wire types of Google's Gemini API, on its own and on Vertex AI, as this gateway reads and writes them: what it
 * needs to know, no more. What comes from the provider may lack any field and hold further ones.
 *
 * @see https://ai.google.dev/api/generate-content
 * @see https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
 */

export interface GenerateContentRequest {
  contents: GeminiContent[];
  systemInstruction?: { parts: GeminiPart[] };
  tools?: GeminiTool[];
  toolConfig?: { functionCallingConfig: FunctionCallingConfig };
  generationConfig?: GenerationConfig;
  safetySettings?: unknown[];
  cachedContent?: string;
  serviceTier?: string;
}

export interface GeminiContent {
  role: 'user' | 'model';
  parts: GeminiPart[];
}

/** Holds one of text, data, a call or a result; which one, the field says that is there. */
export interface GeminiPart {
  text?: string;
  /** Whether `text` is a summary of the model's thoughts. */
  thought?: boolean;
  /** Opaque; the model wants it back in the same place. */
  thoughtSignature?: string;
  inlineData?: GeminiBlob;
  fileData?: { fileUri: string; mimeType?: string };
  functionCall?: FunctionCall;
  functionResponse?: { id?: string; name: string; response: Record<string, unknown> };
  executableCode?: { language?: string; code?: string };
  codeExecutionResult?: { outcome?: string; output?: string };
}

export interface GeminiBlob {
  mimeType: string;
  /** Base64. */
  data: string;
}

export interface FunctionCall {
  id?: string;
  name?: string;
  args?: Record<string, unknown>;
  /** Pieces of the arguments, on Vertex AI where the request asked for them. */
  partialArgs?: PartialArgument[];
  /** More of this call follows. */
  willContinue?: boolean;
}

/** @see https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling#streaming-fc */
export interface PartialArgument {
  /** `$.recipe.steps[0].text` */
  jsonPath?: string;
  stringValue?: string;
  numberValue?: number;
  boolValue?: boolean;
  nullValue?: unknown;
  /** More of this text follows. */
  willContinue?: boolean;
}

/** Declarations of functions, or one of Google's own tools under its name (`googleSearch`, `codeExecution`, …). */
export interface GeminiTool {
  functionDeclarations?: FunctionDeclaration[];
  [tool: string]: unknown;
}

export interface FunctionDeclaration {
  name: string;
  description?: string;
  /** OpenAPI's subset of JSON Schema. */
  parameters?: Record<string, unknown>;
  parametersJsonSchema?: Record<string, unknown>;
}

export interface FunctionCallingConfig {
  mode: 'AUTO' | 'ANY' | 'NONE' | 'VALIDATED';
  allowedFunctionNames?: string[];
}

export interface GenerationConfig {
  maxOutputTokens?: number;
  temperature?: number;
  topP?: number;
  topK?: number;
  candidateCount?: number;
  stopSequences?: string[];
  seed?: number;
  presencePenalty?: number;
  frequencyPenalty?: number;
  responseLogprobs?: boolean;
  logprobs?: number;
  responseMimeType?: string;
  responseSchema?: Record<string, unknown>;
  responseJsonSchema?: Record<string, unknown>;
  responseModalities?: string[];
  speechConfig?: Record<string, unknown>;
  imageConfig?: Record<string, unknown>;
  thinkingConfig?: Record<string, unknown>;
}

/** A whole answer, and each piece of a streamed one. */
export interface GenerateContentResponse {
  candidates?: Candidate[];
  promptFeedback?: PromptFeedback;
  usageMetadata?: UsageMetadata;
  modelVersion?: string;
  responseId?: string;
  /** RFC 3339; Vertex AI's alone. */
  createTime?: string;
  error?: unknown;
}

export interface Candidate {
  index?: number;
  content?: { parts?: GeminiPart[] };
  finishReason?: string;
  finishMessage?: string;
  citationMetadata?: CitationMetadata;
  groundingMetadata?: GroundingMetadata;
  logprobsResult?: LogprobsResult;
}

export interface PromptFeedback {
  blockReason?: string;
  blockReasonMessage?: string;
}

/** The sources stand under `citationSources` at the Gemini API, under `citations` at Vertex AI. */
export interface CitationMetadata {
  citationSources?: CitationSource[];
  citations?: CitationSource[];
}

export interface CitationSource {
  /** Bytes of UTF-8 from the start of the answer. */
  startIndex?: number;
  endIndex?: number;
  uri?: string;
  title?: string;
}

/** @see https://ai.google.dev/api/generate-content#GroundingMetadata */
export interface GroundingMetadata {
  /** What was searched for. */
  webSearchQueries?: string[];
  groundingChunks?: GroundingChunk[];
  groundingSupports?: GroundingSupport[];
}

export interface GroundingChunk {
  web?: GroundingSource;
  retrievedContext?: GroundingSource;
  maps?: GroundingSource;
}

export interface GroundingSource {
  uri?: string;
  title?: string;
}

export interface GroundingSupport {
  groundingChunkIndices?: number[];
  /** `startIndex` and `endIndex` are bytes of UTF-8. */
  segment?: { startIndex?: number; endIndex?: number; text?: string };
}

export interface LogprobsResult {
  chosenCandidates?: TokenLogprob[];
  topCandidates?: { candidates?: TokenLogprob[] }[];
}

export interface TokenLogprob {
  token?: string;
  logProbability?: number;
}

/** @see https://ai.google.dev/api/generate-content#UsageMetadata */
export interface UsageMetadata {
  /** Cached content included. */
  promptTokenCount?: number;
  cachedContentTokenCount?: number;
  /** Thoughts not included. */
  candidatesTokenCount?: number;
  thoughtsTokenCount?: number;
  /** What Google's own tools gave the model to read; not in the prompt's count. */
  toolUsePromptTokenCount?: number;
  totalTokenCount?: number;
  promptTokensDetails?: ModalityCount[];
  cacheTokensDetails?: ModalityCount[];
  candidatesTokensDetails?: ModalityCount[];
  toolUsePromptTokensDetails?: ModalityCount[];
  serviceTier?: string;
  /** Vertex AI's word for it. */
  trafficType?: string;
}

export interface ModalityCount {
  modality?: string;
  tokenCount?: number;
}
