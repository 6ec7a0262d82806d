import { describe, expect, it } from 'vitest';
import { chat, type ClientAnswer } from '../support/chat-client.js';
import { json } from '../support/fake-upstream.js';
import { oneProvider, type Scene } from '../support/scene.js';

const ask = ({ gateway }: Pick<Scene, 'gateway'>, body: object): Promise<ClientAnswer> =>
  chat(gateway, body, { path: '/v1/moderations' });

const harmless = { categories: { violence: false, hate: false }, category_scores: { violence: 0.1, hate: 0.1 } };
const harmful = { categories: { violence: true, hate: false }, category_scores: { violence: 0.9, hate: 0.1 } };

describe('/v1/moderations', () => {
  it.each([{ input: 'Hi' }, { model: null, input: 'Hi' }])('has a model of its own for %j', async (body) => {
    const scene = await oneProvider({ provider: { models: [{ name: 'omni-moderation-latest' }] } });
    const [upstream] = scene.upstreams;
    upstream.always(json({ id: 'modr-1', results: [{ flagged: false, ...harmless }] }));

    expect((await ask(scene, body)).status).toBe(200);

    expect(upstream.last.json).toEqual({ model: 'omni-moderation-latest', input: 'Hi' });
    expect(await scene.record()).toMatchObject({ requestModel: 'omni-moderation-latest', grade: 'estimated' });
  });

  it('says of an answer without a flag whether anything is wrong', async () => {
    const scene = await oneProvider({ provider: { kind: 'mistral' } });
    scene.upstreams[0].always(json({ id: 'mod-1', model: 'm', results: [harmless, harmful] }));

    const { json: said } = await ask(scene, { model: 'model', input: ['Hi', 'Ho'] });

    expect(said).toEqual({
      id: 'mod-1',
      model: 'm',
      results: [
        { ...harmless, flagged: false },
        { ...harmful, flagged: true },
      ],
    });
  });

  it.each([
    ['no input', {}, 'missing_required_parameter', 'input'],
    ['an input that is null', { input: null }, 'missing_required_parameter', 'input'],
    ['no input in an array', { input: [] }, 'invalid_value', 'input'],
    ['a number', { input: 7 }, 'invalid_type', 'input'],
    ['a number among others', { input: ['Hi', 7] }, 'invalid_type', 'input[1]'],
    ['a stream', { input: 'Hi', stream: true }, 'unsupported_parameter', 'stream'],
  ])('refuses %s', async (_name, body, code, param) => {
    const scene = await oneProvider();
    const answer = await ask(scene, { model: 'model', ...body });
    expect([answer.status, answer.json['error']]).toEqual([400, expect.objectContaining({ code, param })]);
    expect(scene.upstreams[0].dispatches).toBe(0);
  });
});

describe('/v1/rerank', () => {
  it.each([
    ['no query', { query: undefined }, 'missing_required_parameter', 'query'],
    ['an empty query', { query: '' }, 'invalid_value', 'query'],
    ['a query that is a number', { query: 1 }, 'invalid_type', 'query'],
    ['no documents', { documents: undefined }, 'missing_required_parameter', 'documents'],
    ['no document', { documents: [] }, 'invalid_value', 'documents'],
    ['one document alone', { documents: 'one' }, 'invalid_type', 'documents'],
    ['a document that is a number', { documents: ['one', 2] }, 'invalid_type', 'documents[1]'],
    ['no result', { top_n: 0 }, 'invalid_value', 'top_n'],
    ['no tokens', { max_tokens_per_doc: 0 }, 'invalid_value', 'max_tokens_per_doc'],
    ['a stream', { stream: true }, 'unsupported_parameter', 'stream'],
  ])('refuses %s', async (_name, body, code, param) => {
    const scene = await oneProvider();
    const request = { model: 'model', query: 'Who?', documents: ['one'], ...body };
    const answer = await chat(scene.gateway, request, { path: '/v1/rerank' });
    expect([answer.status, answer.json['error']]).toEqual([400, expect.objectContaining({ code, param })]);
    expect(scene.upstreams[0].dispatches).toBe(0);
  });
});
