/** @see https://platform.openai.com/docs/api-reference/models/object */
export interface Model {
  id: string;
  object: 'model';
  /** Seconds since 1970. */
  created: number;
  owned_by: string;
  /** Tokens of a request and its answer together. This and what follows is not OpenAI's, and there only where known. */
  context_window?: number;
  /** Tokens of one answer at most. */
  max_output_tokens?: number;
  /** `text`, `image`, `audio`, `document`, `video` */
  input_modalities?: readonly string[];
  /** `text`, `image`, `audio`, `video`, `embedding` */
  output_modalities?: readonly string[];
  capabilities?: ModelCapabilities;
}

export interface ModelCapabilities {
  /** Function calls. */
  tools?: boolean;
  /** Answers that hold to a JSON schema. */
  json_schema?: boolean;
  reasoning?: boolean;
}

export interface ModelList {
  object: 'list';
  data: Model[];
}
