import { describe, expect, it } from 'vitest';
import { type RerankRequest } from '../../protocol/rerank.js';
import { answerOf, jsonCall, simulator } from '../../../test/support/simulator.js';

const rerank = (fields: Record<string, unknown>) => answerOf(simulator.rerank, jsonCall<RerankRequest>(fields));

const DOCUMENTS = ['Berlin is in Germany', 'the capital of FRANCE is Paris', { text: 'capital, capital' }, 'nothing'];

describe('simulated reranking', () => {
  it('sorts by the words of the query that are there', async () => {
    const { json, usage } = await rerank({ query: 'Capital of France?', documents: DOCUMENTS });
    expect(json['results']).toEqual([
      { index: 1, relevance_score: 1 },
      { index: 2, relevance_score: 1 / 3 },
      { index: 0, relevance_score: 0 },
      { index: 3, relevance_score: 0 },
    ]);
    expect(usage?.inputUncached).toBeGreaterThan(0);
  });

  it('shows the first only, and with their documents, where that is asked for', async () => {
    const { json } = await rerank({ query: 'capital', documents: DOCUMENTS, top_n: 2, return_documents: true });
    expect(json['results']).toEqual([
      { index: 1, relevance_score: 1, document: { text: 'the capital of FRANCE is Paris' } },
      { index: 2, relevance_score: 1, document: { text: 'capital, capital' } },
    ]);
  });

  it('reads documents of several fields whole', async () => {
    const { json } = await rerank({ query: 'ada', documents: [{ title: 'Ada' }, 'x'] });
    expect(json).toMatchObject({ results: [{ index: 0, relevance_score: 1 }, { index: 1 }] });
  });
});
