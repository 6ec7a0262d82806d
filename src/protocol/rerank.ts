/**
 * Asks for documents in the order of their relevance to a query. OpenAI has no such route: this is Cohere's, which
 * others follow too.
 * @see https://docs.cohere.com/reference/rerank
 */
export interface RerankRequest {
  model: string;
  query: string;
  documents: (string | Record<string, unknown>)[];
  /** How many results to return; all where it is left out. */
  top_n?: number | null;
  max_tokens_per_doc?: number | null;
  user?: string | null;
}
