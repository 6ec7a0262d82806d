import { describe, expect, it } from 'vitest';
import { chat, dataOf, STREAM_REQUEST } from '../support/chat-client.js';
import { chatCompletion, chatStream, DONE, finish, json, role, stream, text, usage } from '../support/fake-upstream.js';
import { oneProvider, PROVIDER_KEY } from '../support/scene.js';

/** JSON that no parser and writer would give back as it is. */
const BODY = `{ "model" : "model",\r\n\t"messages":[{"role":"user","content":"\\u0048i \\ud83d\\ude00 😀","unknown_field":1.0}],
 "seed":12345678901234567890,"temperature":1.0, "top_p":1e-3,"made_up":{"z":1,"a":[ ],"z ":0.10},"user":"someone" }`;

describe('a request on its way to a provider of the same dialect', () => {
  it('arrives byte for byte', async () => {
    const { gateway, upstreams, record } = await oneProvider();

    await chat(gateway, BODY);

    expect(upstreams[0].last.text).toBe(BODY);
    expect((await record()).endUser).toBe('someone');
  });

  it('has only the name of its model changed', async () => {
    const { gateway, upstreams, record } = await oneProvider({
      provider: { models: [{ name: 'model', upstreamModel: 'vendor/"Größe"-1' }] },
    });

    await chat(gateway, BODY);

    expect(upstreams[0].last.text).toBe(BODY.replace('"model",', '"vendor/\\"Größe\\"-1",'));
    expect(await record()).toMatchObject({ requestModel: 'model', model: 'model', upstreamModel: 'vendor/"Größe"-1' });
  });

  it('is asked for the usage of its stream, and changed nowhere else', async () => {
    const { gateway, upstreams } = await oneProvider();
    upstreams[0].always(chatStream(['Hi']));
    const streamed = BODY.replace('"user":"s', '"stream":true,"user":"s');

    await chat(gateway, streamed);
    expect(upstreams[0].last.text).toBe(streamed.replace('{', '{"stream_options":{"include_usage":true},'));

    await chat(gateway, streamed.replace('"user":"s', '"stream_options": { "other":1 } ,"user":"s'));
    expect(upstreams[0].last.text).toBe(
      streamed.replace('"user":"s', '"stream_options": {"other":1,"include_usage":true} ,"user":"s'),
    );

    const asked = streamed.replace('"user":"s', '"stream_options": {"include_usage" :true},"user":"s');
    await chat(gateway, asked);
    expect(upstreams[0].last.text).toBe(asked);
  });

  it('takes no header of the client along', async () => {
    const { gateway, upstreams } = await oneProvider({ provider: { headers: { 'x-team': 'search' } } });

    await chat(gateway, undefined, {
      headers: {
        cookie: 'session=1',
        'x-api-key': 'client-secret',
        'openai-organization': 'org-of-the-client',
        'user-agent': 'client/1.0',
        'x-forwarded-for': '10.0.0.1',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        'accept-encoding': 'gzip, br',
      },
    });

    const { host, connection, 'content-length': length, ...rest } = upstreams[0].last.headers;
    expect([host, connection, Number(length)]).toEqual([
      new URL(upstreams[0].baseUrl).host,
      'keep-alive',
      upstreams[0].last.body.length,
    ]);
    expect(rest).toEqual({
      accept: 'application/json, text/event-stream',
      'accept-encoding': 'identity',
      authorization: `Bearer ${PROVIDER_KEY}`,
      'content-type': 'application/json',
      'user-agent': 'nestgate',
      'x-team': 'search',
      'x-nestgate-via': expect.stringMatching(/^[0-9a-f]{16}$/),
    });
  });

  it('goes to the path of the base URL', async () => {
    const { gateway, upstreams } = await oneProvider();
    await chat(gateway);
    expect([upstreams[0].last.method, upstreams[0].last.path]).toEqual(['POST', '/v1/chat/completions']);
  });
});

describe('an answer on its way to the client', () => {
  it('arrives byte for byte, without the provider’s headers', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    const answered = { ...chatCompletion('Größe 😀'), made_up: { deep: [1] } };
    upstreams[0].next(
      json(answered, { headers: { 'set-cookie': ['a=1', 'b=2'], server: 'secret/1.0', 'x-ratelimit-limit': '9' } }),
    );

    const answer = await chat(gateway);

    expect(answer.text).toBe(JSON.stringify(answered));
    const { requestId } = await record();
    const { date, connection, ...headers } = answer.headers;
    expect(typeof date).toBe('string');
    expect(connection).toBe('close');
    expect(headers).toEqual({
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(answer.text)),
      'x-request-id': requestId,
      'x-nestgate-deployment': 'first/model',
      'x-nestgate-attempts': '1',
    });
  });

  it('brings a stream event for event, and no header of the provider', async () => {
    const { gateway, upstreams } = await oneProvider();
    const odd =
      'data: {"choices":[{"index":0,"delta":{"content":"Grö\\u00dfe"}}],"n":1.0,"big":12345678901234567890}\n\n';
    upstreams[0].next((seen) => {
      seen.head(200, { 'content-type': 'text/event-stream', 'set-cookie': 'a=1' });
      seen.end(`: hello\n\n${odd}data: ${JSON.stringify(finish)}\r\n\r\nid: 1\nevent: x\n${odd}${DONE}`);
    });

    const answer = await chat(gateway, STREAM_REQUEST);

    expect(answer.text).toBe(`: hello\n\n${odd}data: ${JSON.stringify(finish)}\r\n\r\nid: 1\nevent: x\n${odd}${DONE}`);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it.each([
    [undefined, false],
    [{ include_usage: false }, false],
    [{ include_usage: null }, false],
    [{ include_usage: true }, true],
  ])('shows the usage of a stream to who asked for it: %j', async (options, isShown) => {
    const { gateway, upstreams, record } = await oneProvider();
    upstreams[0].next(chatStream(['Hel', 'lo'], { input: 5, output: 2 }));

    const answer = await chat(gateway, {
      ...STREAM_REQUEST,
      ...(options === undefined ? {} : { stream_options: options }),
    });

    expect(upstreams[0].last.asksForUsage).toBe(true);
    expect(dataOf(answer.text).filter((data) => Object.hasOwn(data as object, 'usage'))).toHaveLength(isShown ? 1 : 0);
    expect(dataOf(answer.text).slice(0, 4)).toEqual([role, text('Hel'), text('lo'), finish]);
    expect(await record()).toMatchObject({
      status: 'completed',
      grade: 'exact',
      tokens: { inputUncached: 5, output: 2 },
      streaming: true,
    });
  });

  it('is counted by its bytes where the provider does not count', async () => {
    const { gateway, upstreams, records } = await oneProvider();
    const { usage: _usage, ...uncounted } = chatCompletion('x'.repeat(40)) as Record<string, unknown>;
    upstreams[0].next(json(uncounted), stream(role, text('y'.repeat(80)), finish, DONE));

    await chat(gateway);
    await chat(gateway, STREAM_REQUEST);

    expect((await records()).map(({ status, grade, tokens }) => [status, grade, tokens.output])).toEqual([
      ['completed', 'estimated', 10],
      ['completed', 'estimated', 20],
    ]);
  });

  it('is whole however its bytes are cut', async () => {
    const { gateway, upstreams } = await oneProvider();
    const bytes = Buffer.from(
      [role, text('Größe 😀'), finish].map((event) => `data: ${JSON.stringify(event)}\n\n`).join('') + DONE,
    );
    upstreams[0].next(async (seen) => {
      seen.head(200, { 'content-type': 'text/event-stream' });
      for (const byte of bytes) {
        await seen.write(Buffer.of(byte));
        await new Promise(setImmediate);
      }
      seen.end();
    });

    expect((await chat(gateway, STREAM_REQUEST)).text).toBe(bytes.toString());
  });

  it('knows the tokens of the provider as the provider does', async () => {
    const { gateway, upstreams, records } = await oneProvider();
    upstreams[0].next(stream(role, text('a'), finish, usage({ input: 100, output: 20 }), DONE));
    await chat(gateway, STREAM_REQUEST);
    await chat(gateway);

    const sum = (await records()).reduce((total, { tokens }) => total + tokens.inputUncached + tokens.output, 0);
    expect(sum).toBe(upstreams[0].tokens.input + upstreams[0].tokens.output);
  });
});
