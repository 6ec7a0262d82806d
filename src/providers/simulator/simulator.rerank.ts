import { type RerankRequest } from '../../protocol/rerank.js';
import { tokenUsageFromOpenAi } from '../../protocol/openai-usage.js';
import { jsonAnswer, type SimulatedOperation } from './simulator.capability.js';
import { reportOthers } from './simulator.parameters.js';
import { digestOf, tokensIn } from './simulator.text.js';

const DONE: ReadonlySet<string> = new Set([
  'model',
  'query',
  'documents',
  'top_n',
  'return_documents',
  'user',
  'simulator',
]);

/**
 * A document is as relevant as it has words of the query: 1 with all of them, 0 with none. Of two with as many the
 * earlier comes first.
 */
export const SIMULATED_RERANK: SimulatedOperation<RerankRequest> = {
  content: [],
  report: ({ body, unsupported }) => reportOthers(body.value, DONE, unsupported),
  answer: ({ request, body }) => {
    const { query, documents, top_n: top } = request;
    const wanted = wordsIn(query);
    const texts = documents.map((document) => (typeof document === 'string' ? document : textOf(document)));
    const results = texts
      .map((text, index) => ({ index, relevance_score: overlap(wanted, wordsIn(text)) }))
      .sort((a, b) => b.relevance_score - a.relevance_score)
      .slice(0, top ?? undefined)
      .map((result) =>
        body.value['return_documents'] === true ? { ...result, document: { text: texts[result.index] } } : result,
      );
    const tokens = [query, ...texts].reduce((sum, text) => sum + tokensIn(text), 0);
    return jsonAnswer(
      {
        id: `rerank-simulated-${digestOf([query, documents])}`,
        results,
        meta: { billed_units: { search_units: 1 }, tokens: { input_tokens: tokens } },
      },
      tokenUsageFromOpenAi({ prompt_tokens: tokens }),
    );
  },
};

function textOf(document: Record<string, unknown>): string {
  const { text } = document;
  return typeof text === 'string' ? text : JSON.stringify(document);
}

function wordsIn(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu));
}

function overlap(wanted: ReadonlySet<string>, found: ReadonlySet<string>): number {
  const shared = [...wanted].filter((word) => found.has(word)).length;
  return wanted.size === 0 ? 0 : shared / wanted.size;
}
