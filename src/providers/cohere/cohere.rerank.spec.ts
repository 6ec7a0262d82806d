import { describe, expect, it } from 'vitest';
import { type RerankRequest } from '../../protocol/rerank.js';
import { toRerankAnswer, toRerankRequest } from './cohere.rerank.js';

function translate(fields: Partial<RerankRequest> & Record<string, unknown>) {
  const unsupported: string[] = [];
  const body = toRerankRequest(
    { model: 'any', query: 'What?', documents: ['a'], ...fields },
    { upstreamModel: 'rerank-v3.5', unsupported: (param) => void unsupported.push(param) },
  );
  return { body, unsupported };
}

const BASE = { model: 'rerank-v3.5', query: 'What?', documents: ['a'] };

describe('toRerankRequest', () => {
  it.each([
    [{}, {}],
    [
      { top_n: 2, max_tokens_per_doc: 9, user: 'me' },
      { top_n: 2, max_tokens_per_doc: 9 },
    ],
    [{ top_n: null, return_documents: false }, {}],
    [
      { documents: ['a', { text: 'b' }, { text: 'c', title: 'C' }] },
      { documents: ['a', 'b', '{"text":"c","title":"C"}'] },
    ],
  ])('carries %j', (fields, expected) => {
    expect(translate(fields)).toEqual({ body: { ...BASE, ...expected }, unsupported: [] });
  });

  it('tells what Cohere has nothing for', () => {
    expect(translate({ return_documents: true, rank_fields: ['a'] }).unsupported).toEqual([
      'return_documents',
      'rank_fields',
    ]);
  });
});

describe('toRerankAnswer', () => {
  const answerOf = (body: string) => toRerankAnswer({ status: 200, headers: {}, body: Buffer.from(body) });

  it('hands the ranking on as it came', () => {
    const body =
      ' {"results":[{"index":1,"relevance_score":0.90}],"id":"i","meta":{"billed_units":{"search_units":1}}}';
    expect(answerOf(body)).toEqual({
      contentType: 'application/json',
      bytes: Buffer.from(body),
      usage: undefined,
      units: { searches: 1 },
      textBytes: 0,
    });
  });

  it.each(['<html>', '[]', '{"results":{}}'])('refuses %s', (body) => {
    expect(() => answerOf(body)).toThrow(expect.objectContaining({ code: 'upstream_invalid_response' }));
  });
});
