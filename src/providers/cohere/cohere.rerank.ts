import { UpstreamError } from '../../errors/upstream-error.js';
import { isObject, parseJsonBytes } from '../../protocol/json.js';
import { unitsOfRanking } from '../../protocol/openai-units.js';
import { type RerankRequest } from '../../protocol/rerank.js';
import { type UpstreamResponse } from '../../upstream/upstream-request.js';
import { type Answer } from '../provider-adapter.interface.js';

const OWN: ReadonlySet<string> = new Set(['model', 'query', 'documents', 'top_n', 'max_tokens_per_doc', 'user']);

/**
 * The gateway's own form is Cohere's: only documents that are no texts, which other rerankers take, are written as such.
 * One that has a `text` is that text; Cohere asks for YAML for all others, and JSON is YAML.
 *
 * @see https://docs.cohere.com/reference/rerank
 */
export function toRerankRequest(
  request: RerankRequest,
  { upstreamModel, unsupported }: { upstreamModel: string; unsupported: (param: string) => void },
): Record<string, unknown> {
  for (const [name, value] of Object.entries(request)) {
    if (!OWN.has(name) && value !== null && value !== undefined && value !== false) unsupported(name);
  }
  const { query, documents, top_n: topN, max_tokens_per_doc: maxTokens } = request;
  return {
    model: upstreamModel,
    query,
    documents: documents.map(toText),
    ...(typeof topN === 'number' ? { top_n: topN } : {}),
    ...(typeof maxTokens === 'number' ? { max_tokens_per_doc: maxTokens } : {}),
  };
}

function toText(document: string | Record<string, unknown>): string {
  if (typeof document === 'string') return document;
  const { text, ...others } = document;
  return typeof text === 'string' && Object.keys(others).length === 0 ? text : JSON.stringify(document);
}

/**
 * The ranking, byte for byte. It is billed by searches: there is no usage of tokens.
 * @throws UpstreamError where the answer is none.
 */
export function toRerankAnswer({ body }: UpstreamResponse): Answer {
  const ranking = parseJsonBytes(body);
  if (!isObject(ranking) || !Array.isArray(ranking['results'])) {
    throw new UpstreamError('upstream_invalid_response', { message: 'The provider’s answer is not a ranking.' });
  }
  return {
    contentType: 'application/json',
    bytes: body,
    usage: undefined,
    units: unitsOfRanking(ranking['meta']),
    textBytes: 0,
  };
}
