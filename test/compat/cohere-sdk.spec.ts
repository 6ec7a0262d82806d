import { CohereClient, CohereClientV2, CohereError } from 'cohere-ai';
import { describe, expect, it } from 'vitest';
import { json, openAiError } from '../support/fake-upstream.js';
import { oneProvider } from '../support/scene.js';

// Cohere's official client finds the gateway where its environment is the gateway's URL, without a path.

const DOCUMENTS = ['Carson City is the capital of Nevada.', 'Washington, D.C. is the capital of the United States.'];
const QUERY = 'What is the capital of the United States?';
const RANKING = {
  id: 'ranking-1',
  results: [
    { index: 1, relevance_score: 0.99 },
    { index: 0, relevance_score: 0.01 },
  ],
  meta: { api_version: { version: '2' }, billed_units: { search_units: 1 } },
};

const RANKED = [
  { index: 1, relevanceScore: 0.99 },
  { index: 0, relevanceScore: 0.01 },
];

describe('Cohere’s official client', () => {
  it('gets a ranking', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    upstreams[0].always(json(RANKING));
    const client = new CohereClientV2({ token: gateway.key, environment: gateway.url });

    const { id, results } = await client.rerank({ model: 'model', query: QUERY, documents: DOCUMENTS, topN: 2 });

    expect(id).toBe('ranking-1');
    expect(results).toEqual(RANKED);
    expect([upstreams[0].last.path, upstreams[0].last.json]).toEqual([
      '/v1/rerank',
      { model: 'model', query: QUERY, documents: DOCUMENTS, top_n: 2 },
    ]);
    expect(await record()).toMatchObject({ operation: 'rerank', status: 'completed', grade: 'exact' });
  });

  it('gets one by its first version', async () => {
    const { gateway, upstreams } = await oneProvider();
    upstreams[0].always(json({ ...RANKING, results: [{ ...RANKING.results[0], document: { text: DOCUMENTS[1] } }] }));
    const client = new CohereClient({ token: gateway.key, environment: gateway.url });

    const { results } = await client.rerank({
      model: 'model',
      query: QUERY,
      documents: DOCUMENTS.map((text) => ({ text })),
      topN: 1,
      returnDocuments: true,
    });

    expect(results).toEqual([{ ...RANKED[0], document: { text: DOCUMENTS[1] } }]);
    expect(upstreams[0].last.json).toMatchObject({ return_documents: true, documents: [{ text: DOCUMENTS[0] }, {}] });
  });

  it('throws its own errors', async () => {
    const { gateway, upstreams } = await oneProvider({ provider: { maxRetries: 0 } });
    upstreams[0].always(openAiError(422, 'too long'));
    const client = new CohereClientV2({ token: gateway.key, environment: gateway.url, maxRetries: 0 });
    const ranking = client.rerank({ model: 'model', query: QUERY, documents: DOCUMENTS });
    await expect(ranking).rejects.toBeInstanceOf(CohereError);
    await expect(ranking).rejects.toMatchObject({ statusCode: 422 });
  });
});
