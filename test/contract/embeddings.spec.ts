import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROVIDER_FEATURES } from '../../src/providers/provider-limits.js';
import { status } from '../support/fake-upstream.js';
import { DOUBLES } from './doubles.js';
import { expectEffect } from './effects.js';
import { EMBEDDING_CASES, VECTORS } from './embedding-cases.js';
import { list } from './provider-double.js';
import { Stage } from './stage.js';

it('has a case for every feature of embeddings', () => {
  const features = PROVIDER_FEATURES.filter((feature) => feature.startsWith('embeddings.'));
  expect(EMBEDDING_CASES.map(({ feature }) => feature)).toEqual(features);
});

const rows = DOUBLES.flatMap((double) =>
  double.embeddings === undefined ? [] : [[double.kind, double, double.embeddings] as const],
);

describe.each(rows)('%s', (_kind, double, embeddings) => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open(double);
  });

  afterAll(() => stage.close());

  it.each(EMBEDDING_CASES.map((one) => [one.feature, one] as const))('%s', async (feature, one) => {
    stage.embeds(VECTORS);
    await expectEffect(stage.limits[feature], {
      request: one.asks,
      isTold: true,
      ask: (policy) => stage.askEmbeddings(one.asks, policy),
      check: (outcome) => {
        one.seen?.(outcome.nativeEmbeddings);
        one.told?.(outcome.answer.json);
      },
    });
  });

  it('asks where and as whom the provider wants it, and counts', async () => {
    stage.embeds(VECTORS, 17);
    const outcome = await stage.askEmbeddings({ input: 'alpha' }, 'strict');
    const { seen, answer } = outcome;
    expect([seen.method, seen.path, double.letsIn(seen)]).toEqual(['POST', embeddings.path, true]);
    const { model, inputs } = embeddings.read(seen);
    expect([model, inputs]).toEqual([embeddings.model, ['alpha']]);
    expect(answer.json).toMatchObject({ object: 'list', model: expect.any(String) as string });
    expect(list(answer.json['data'])).toEqual([{ object: 'embedding', index: 0, embedding: VECTORS.get('alpha') }]);
    const record = await outcome.record();
    expect(record).toMatchObject({ status: 'completed', operation: 'embeddings' });
    if (!embeddings.counts) return;
    expect(answer.json['usage']).toMatchObject({ prompt_tokens: 17, total_tokens: 17 });
    expect(record).toMatchObject({ grade: 'exact', tokens: { inputUncached: 17, output: 0 } });
  });

  it.each([400, 401, 404, 429, 500])('tells the provider’s error %i', async (code) => {
    stage.upstream.always(status(code, double.error(code, `What went wrong: ${code}`)));
    const outcome = await stage.askEmbeddings({ input: 'alpha' });
    expect(outcome.status).toBe(code);
    expect(outcome.error).toMatchObject({ message: `What went wrong: ${code}`, type: 'upstream_error' });
  });

  it.each(['Hello', '{"unexpected":true}', '[]', ''])('finds an answer not valid: %j', async (body) => {
    stage.upstream.always((seen) => {
      seen.head(200, { 'content-type': 'application/json' });
      seen.end(body);
    });
    const { status: code, error } = await stage.askEmbeddings({ input: 'alpha' });
    expect(code).toBe(502);
    expect(error).toMatchObject({ type: 'upstream_error', code: 'upstream_invalid_response' });
  });
});
