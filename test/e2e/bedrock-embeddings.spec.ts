import { describe, expect, it, onTestFinished } from 'vitest';
import { bedrockStage, guarded, KEYS, REGION } from '../support/bedrock-stage.js';
import { chat, ChatClient } from '../support/chat-client.js';
import { FakeUpstream, hang, json, type SeenRequest, status } from '../support/fake-upstream.js';
import { startGateway } from '../support/gateway.js';

const EMBEDDINGS = { path: '/v1/embeddings' };

describe('embeddings of Bedrock', () => {
  const TITAN = 'amazon.titan-embed-text-v2:0';
  const vectorOf = (seen: SeenRequest): number[] => [String(seen.json['inputText']).length, 0.5];
  const titan = guarded((seen) => json({ embedding: vectorOf(seen), inputTextTokenCount: 3 })(seen));

  it('are one request for each text of Titan’s', async () => {
    const { gateway, upstream } = await bedrockStage({ upstreamModel: TITAN });
    upstream.always(titan);
    const input = Array.from({ length: 20 }, (_, index) => 'x'.repeat(index + 1));
    const answer = await chat(gateway, { model: 'model', input, dimensions: 256 }, EMBEDDINGS);
    expect(answer.json).toEqual({
      object: 'list',
      model: TITAN,
      data: input.map((text, index) => ({ object: 'embedding', index, embedding: [text.length, 0.5] })),
      usage: { prompt_tokens: 60, total_tokens: 60 },
    });
    expect(upstream.dispatches).toBe(20);
    expect(upstream.last.path).toBe(`/model/${encodeURIComponent(TITAN)}/invoke`);
    expect(upstream.last.json).toMatchObject({ dimensions: 256 });
    expect(upstream.last.headers.accept).toBe('application/json');
    expect(await gateway.records()).toMatchObject([
      { operation: 'embeddings', grade: 'exact', tokens: { inputUncached: 60 } },
    ]);
  });

  it('stop all their requests when the client leaves', async () => {
    const { gateway, upstream } = await bedrockStage({ upstreamModel: TITAN });
    upstream.always(hang);
    const input = Array.from({ length: 20 }, (_, index) => `text ${index}`);
    const client = new ChatClient(gateway, { model: 'model', input }, EMBEDDINGS);
    await upstream.waitFor(({ dispatches }) => dispatches === 8);
    client.leave();
    await upstream.waitFor(({ requests }) => requests.every(({ leftByPeer }) => leftByPeer));
    expect(upstream.dispatches).toBe(8);
  });

  it('fail as a whole, and stop the others, when one fails', async () => {
    const { gateway, upstream } = await bedrockStage({ upstreamModel: TITAN });
    upstream.always(async (seen) => {
      await upstream.waitFor(({ dispatches }) => dispatches === 4);
      if (seen.json['inputText'] === 'bad') {
        status(400, { message: 'Too long' }, { 'x-amzn-errortype': 'ValidationException' })(seen);
      }
    });
    const answer = await chat(gateway, { model: 'model', input: ['a', 'b', 'bad', 'c'] }, EMBEDDINGS);
    expect([answer.status, answer.json]).toMatchObject([400, { error: { message: 'Too long' } }]);
    await upstream.waitFor(({ requests }) => requests.every(({ isOver }) => isOver));
    expect(upstream.requests.filter(({ leftByPeer }) => leftByPeer)).toHaveLength(3);
  });
});

describe('the models of Bedrock', () => {
  it('are those on demand, and the profiles', async () => {
    const upstream = await FakeUpstream.start();
    onTestFinished(() => upstream.close());
    upstream.models = guarded((seen) => {
      const pages: Record<string, object> = {
        '/foundation-models': {
          modelSummaries: [
            summary('amazon.nova-lite-v1:0', ['TEXT']),
            summary('amazon.titan-embed-text-v2:0', ['EMBEDDING']),
            summary('amazon.nova-canvas-v1:0', ['IMAGE']),
            { ...summary('anthropic.claude-opus-4-6-v1', ['TEXT']), inferenceTypesSupported: ['INFERENCE_PROFILE'] },
          ],
        },
        '/inference-profiles?maxResults=1000': { inferenceProfileSummaries: [profile('eu.one')], nextToken: 'a+b/=' },
        '/inference-profiles?maxResults=1000&nextToken=a%2Bb%2F%3D': {
          inferenceProfileSummaries: [profile('eu.two'), { ...profile('eu.gone'), status: 'LEGACY' }],
        },
      };
      return json(pages[seen.path] ?? {})(seen);
    });
    const gateway = await startGateway({
      providers: [{ name: 'aws', kind: 'bedrock', region: REGION, baseUrl: new URL(upstream.baseUrl).origin, ...KEYS }],
    });
    onTestFinished(() => gateway.close());

    const answer = await chat(gateway, undefined, { path: '/v1/models', method: 'GET' });

    const names = (answer.json['data'] as { id: string }[]).map(({ id }) => id);
    expect(names.sort()).toEqual(['amazon.nova-lite-v1:0', 'amazon.titan-embed-text-v2:0', 'eu.one', 'eu.two']);
  });
});

const summary = (modelId: string, outputModalities: string[]): object => ({
  modelId,
  outputModalities,
  inferenceTypesSupported: ['ON_DEMAND'],
});
const profile = (inferenceProfileId: string): object => ({ inferenceProfileId, status: 'ACTIVE' });
