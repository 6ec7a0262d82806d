import { describe, expect, it } from 'vitest';
import { chat, type ClientAnswer } from '../support/chat-client.js';
import { type Behaviour, type FakeUpstream, hang, json, openAiError, status } from '../support/fake-upstream.js';
import { TEST_KEY } from '../support/gateway.js';
import { oneProvider, PROVIDER_KEY, type Scene, type SceneOptions, twoProviders } from '../support/scene.js';

// What holds for every operation beside chat that takes JSON. What is peculiar to one is in a file of its own.

interface Row {
  readonly path: string;
  /** Where a provider of the same dialect has it; below its base URL. */
  readonly upstreamPath: string;
  /** JSON that no parser and writer would give back as it is. */
  readonly body: string;
  /** What the provider answers. */
  readonly answer: string;
  readonly contentType?: string;
  /** The name on the record. */
  readonly operation: string;
  readonly isRetried: boolean;
  readonly tokens: object;
}

const ROWS: Row[] = [
  {
    path: '/v1/embeddings',
    upstreamPath: '/v1/embeddings',
    body: '{ "model" : "model",\r\n\t"input":["\\u0048i 😀", "Größe"],"dimensions":2, "made_up":{"z":1.0,"a":[ ]},"user":"someone" }',
    answer:
      '{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.10, -1e-3]}],"model":"fake","made_up":1.0,\n"usage":{"prompt_tokens":8,"total_tokens":8}}',
    operation: 'embeddings',
    isRetried: true,
    tokens: { inputUncached: 8, output: 0 },
  },
  {
    path: '/v1/completions',
    upstreamPath: '/v1/completions',
    body: '{ "model" : "model",\r\n\t"prompt":"\\u0048i 😀","seed":12345678901234567890, "made_up":[ ],"user":"someone" }',
    answer:
      '{"id":"cmpl-1","object":"text_completion","choices":[{"text":"Größe","index":0,"finish_reason":"stop","logprobs":null}],"made_up":1.0,\n"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}',
    operation: 'text_completion',
    isRetried: true,
    tokens: { inputUncached: 3, output: 2 },
  },
  {
    path: '/v1/moderations',
    upstreamPath: '/v1/moderations',
    body: '{ "model" : "model",\r\n\t"input":[{"type":"text","text":"\\u0048i 😀"}], "made_up":{"z":1.0},"user":"someone" }',
    answer:
      '{"id":"modr-1","model":"fake","results":[{"flagged":false,"categories":{"violence":false},"category_scores":{"violence":1e-5}}],\n"usage":{"prompt_tokens":4,"total_tokens":4}}',
    operation: 'moderation',
    isRetried: true,
    tokens: { inputUncached: 4, output: 0 },
  },
  ...['/v1/rerank', '/v2/rerank'].map((path) => ({
    path,
    upstreamPath: '/v1/rerank',
    body: '{ "model" : "model",\r\n\t"query":"\\u0048i 😀","documents":["one",{"text":"two","n":1.0}],"top_n":1,"user":"someone" }',
    answer: '{"id":"r-1","results":[{"index":1,"relevance_score":0.90}],\n"usage":{"total_tokens":9}}',
    operation: 'rerank',
    isRetried: true,
    tokens: { inputUncached: 9, output: 0 },
  })),
  {
    path: '/v1/images/generations',
    upstreamPath: '/v1/images/generations',
    body: '{ "model" : "model",\r\n\t"prompt":"\\u0048i 😀","size":"1024x1024", "made_up":{"z":1.0},"user":"someone" }',
    answer:
      '{"created":1760000000,"data":[{"b64_json":"aGVsbG8=","made_up":1.0}],\n"usage":{"input_tokens":14,"input_tokens_details":{"image_tokens":4,"text_tokens":10},"output_tokens":272,"total_tokens":286}}',
    operation: 'image_generation',
    isRetried: false,
    tokens: { inputUncached: 14, output: 272 },
  },
  {
    path: '/v1/audio/speech',
    upstreamPath: '/v1/audio/speech',
    body: '{ "model" : "model",\r\n\t"input":"\\u0048i 😀","voice":"alloy","speed":1.0, "made_up":{"z":1.0},"user":"someone" }',
    answer: 'not JSON at all',
    contentType: 'audio/mpeg',
    operation: 'speech',
    isRetried: false,
    // Nobody counts: by the bytes of the request, a quarter each.
    tokens: { inputUncached: 29, output: 0 },
  },
];

const answers = ({ answer, contentType = 'application/json' }: Row): Behaviour => {
  return (seen) => {
    seen.head(200, { 'content-type': contentType, 'set-cookie': 'a=1', server: 'secret/1.0' });
    seen.end(answer);
  };
};

const ask = (scene: Pick<Scene, 'gateway'>, { path, body }: Row, headers = {}): Promise<ClientAnswer> =>
  chat(scene.gateway, body, { path, headers });

describe.each(ROWS.map((row) => [row.path, row] as const))('%s', (_path, row) => {
  const start = async (options?: SceneOptions): Promise<Scene<[FakeUpstream]>> => {
    const scene = await oneProvider(options);
    scene.upstreams[0].always(answers(row));
    return scene;
  };

  it('goes to a provider of the same dialect byte for byte', async () => {
    const scene = await start();

    await ask(scene, row, { cookie: 'session=1', 'x-api-key': 'client-secret' });

    const { method, path, text, headers } = scene.upstreams[0].last;
    expect([method, path]).toEqual(['POST', row.upstreamPath]);
    expect(text).toBe(row.body);
    expect(headers).toMatchObject({ authorization: `Bearer ${PROVIDER_KEY}`, 'content-type': 'application/json' });
    expect(headers).not.toHaveProperty('cookie');
    expect(headers).not.toHaveProperty('x-api-key');
  });

  it('has only the name of its model changed', async () => {
    const scene = await start({ provider: { models: [{ name: 'model', upstreamModel: 'vendor/"Größe"-1' }] } });

    await ask(scene, row);

    expect(scene.upstreams[0].last.text).toBe(row.body.replace('"model",', '"vendor/\\"Größe\\"-1",'));
  });

  it('brings the answer byte for byte, without the provider’s headers, and leaves a record', async () => {
    const scene = await start();

    const answer = await ask(scene, row);

    expect(answer.status).toBe(200);
    expect(answer.text).toBe(row.answer);
    const record = await scene.record();
    expect(answer.headers).toMatchObject({
      'content-type': row.contentType ?? 'application/json',
      'x-request-id': record.requestId,
      'x-nestgate-deployment': 'first/model',
      'x-nestgate-attempts': '1',
    });
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(answer.headers).not.toHaveProperty('server');
    expect(record).toMatchObject({
      operation: row.operation,
      status: 'completed',
      httpStatus: 200,
      endUser: 'someone',
      requestModel: 'model',
      grade: row.contentType === undefined ? 'exact' : 'estimated',
    });
    expect(record.tokens).toMatchObject(row.tokens);
  });

  it.each([
    ['500', openAiError(500, 'oops')],
    ['429', openAiError(429, 'slow down')],
  ])('is asked of the next provider after %s', async (_name, behaviour) => {
    const scene = await twoProviders();
    const [first, second] = scene.upstreams;
    first.always(behaviour);
    second.always(answers(row));

    const answer = await ask(scene, row);

    expect(answer.text).toBe(row.answer);
    expect(answer.headers['x-nestgate-deployment']).toBe('second/model');
    expect([first.dispatches, second.dispatches]).toEqual([row.isRetried ? 3 : 1, 1]);
    expect((await scene.record()).attempts).toHaveLength(row.isRetried ? 4 : 2);
  });

  it('is asked of the next provider where the first is silent', async () => {
    const scene = await twoProviders({ first: { timeout: 400, maxRetries: 0 } });
    const [first, second] = scene.upstreams;
    first.always(hang);
    second.always(answers(row));

    expect((await ask(scene, row)).text).toBe(row.answer);
    await first.waitFor(({ last }) => last.leftByPeer);
  });

  it('ends with the provider’s error', async () => {
    const scene = await start({ provider: { maxRetries: 0 } });
    scene.upstreams[0].always(openAiError(422, `Not with ${PROVIDER_KEY}`, { 'retry-after': '7' }));

    const answer = await ask(scene, row);

    expect(answer.status).toBe(422);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.json).toEqual({
      error: { message: 'Not with [redacted]', type: 'upstream_error', param: null, code: 'provider_code' },
    });
    expect(await scene.record()).toMatchObject({
      status: 'failed',
      httpStatus: 422,
      errorCode: 'provider_code',
      grade: 'none',
    });
  });

  it.each([
    ['a redirect', status(307, '', { location: 'https://example.com/' })],
    ['an error with status 200', json({ error: { message: 'Busy' } })],
    ['JSON that is something else', json({ object: 'list' })],
  ])('does not pass on %s', async (_name, behaviour) => {
    const scene = await start({ provider: { maxRetries: 0 } });
    scene.upstreams[0].always(behaviour);

    const answer = await ask(scene, row);

    expect(answer.status).toBe(502);
    expect(answer.json['error']).toMatchObject({ type: 'upstream_error' });
    expect(await scene.record()).toMatchObject({ status: 'failed', httpStatus: 502, grade: 'none' });
  });

  it('needs a key, and one that may use the model', async () => {
    const narrow = 'sk-test-narrow-0123456789';
    const scene = await start({
      provider: { models: [{ name: 'model' }, { name: 'another' }] },
      gateway: {
        keys: [
          { name: 'test', secret: TEST_KEY },
          { name: 'narrow', secret: narrow, models: ['another'] },
        ],
      },
    });

    expect((await ask(scene, row, { authorization: 'Bearer sk-wrong' })).status).toBe(401);
    const refused = await ask(scene, row, { authorization: `Bearer ${narrow}` });
    expect([refused.status, refused.json['error']]).toEqual([
      404,
      expect.objectContaining({ code: 'model_not_found', param: 'model' }),
    ]);
    expect(scene.upstreams[0].dispatches).toBe(0);
    expect(await scene.records()).toEqual([]);
  });

  it('takes no other method', async () => {
    const scene = await start();

    const answer = await chat(scene.gateway, undefined, { path: row.path, method: 'GET' });

    expect([answer.status, answer.headers['allow']]).toEqual([405, 'POST']);
    expect(answer.json['error']).toMatchObject({ code: 'method_not_allowed' });
  });

  it.each([
    [
      'no model',
      '"model" : "model",',
      '',
      row.path.match(/image|moder/) ? 'model_not_found' : 'missing_required_parameter',
    ],
    [
      'a model that is null',
      '"model" : "model"',
      '"model":null',
      row.path.match(/image|moder/) ? 'model_not_found' : 'invalid_type',
    ],
    ['a model that is a number', '"model" : "model"', '"model":1', 'invalid_type'],
    ['a model without a name', '"model" : "model"', '"model":""', 'invalid_value'],
    ['a model that nobody serves', '"model" : "model"', '"model":"other"', 'model_not_found'],
  ])('refuses %s', async (_name, from, to, code) => {
    const scene = await start();

    const { status: answered, json: said } = await ask(scene, { ...row, body: row.body.replace(from, to) });

    expect([answered, said['error']]).toEqual([
      code === 'model_not_found' ? 404 : 400,
      expect.objectContaining({ code, param: 'model', type: 'invalid_request_error' }),
    ]);
    expect(scene.upstreams[0].dispatches).toBe(0);
    expect(await scene.records()).toEqual([]);
  });

  it.each([
    ['a user that is no string', '"user":"someone"', '"user":{"id":1}', 'user', 'invalid_type'],
    ['what would steer the gateway', '"user":', '"api_base":', 'api_base', 'unknown_parameter'],
    ['a name in other case', '"model"', '"Model"', 'model', 'unknown_parameter'],
  ])('refuses %s', async (_name, from, to, param, code) => {
    const scene = await start();
    const { status: answered, json: said } = await ask(scene, { ...row, body: row.body.replace(from, to) });
    expect([answered, said['error']]).toEqual([400, expect.objectContaining({ code, param })]);
    expect(scene.upstreams[0].dispatches).toBe(0);
  });

  it('is told apart from what a model can do', async () => {
    const scene = await oneProvider({
      gateway: { providers: [{ name: 'chats', kind: 'perplexity', apiKey: 'sk-any', models: [{ name: 'model' }] }] },
    });

    const answer = await ask(scene, row);

    expect([answer.status, answer.json['error']]).toEqual([
      404,
      {
        message: `No provider of the model 'model' does this (${row.operation}).`,
        type: 'invalid_request_error',
        param: 'model',
        code: 'unsupported_operation',
      },
    ]);
    expect(await scene.record()).toMatchObject({
      operation: row.operation,
      status: 'failed',
      httpStatus: 404,
      errorCode: 'unsupported_operation',
      grade: 'none',
    });
  });

  it('goes past a provider that does not do this', async () => {
    const scene = await twoProviders({ first: { kind: 'perplexity' } });
    const [first, second] = scene.upstreams;
    second.always(answers(row));

    const answer = await ask(scene, row);

    expect(answer.text).toBe(row.answer);
    expect([first.dispatches, second.dispatches]).toEqual([0, 1]);
  });
});
