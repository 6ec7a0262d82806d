/**
 * An embedding request.
 * @see https://platform.openai.com/docs/api-reference/embeddings/create
 */
export interface EmbeddingRequest {
  model: string;
  /** A text, texts, a text as token ids, or several of those. */
  input: string | string[] | number[] | number[][];
  dimensions?: number | null;
  encoding_format?: 'float' | 'base64' | null;
  user?: string | null;
}

export interface Embedding {
  object: 'embedding';
  index: number;
  /** Base64 of little-endian 32-bit floats where the request asked for that. */
  embedding: number[] | string;
}

/** @see https://platform.openai.com/docs/api-reference/embeddings/object */
export interface EmbeddingList {
  object: 'list';
  data: Embedding[];
  model: string;
  usage: { prompt_tokens: number; total_tokens: number };
}
