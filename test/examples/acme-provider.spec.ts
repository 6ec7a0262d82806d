import { createHmac } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import { AcmeModule } from '../../examples/acme-provider/acme.adapter.js';
import { chat, ChatClient } from '../support/chat-client.js';
import { type Behaviour, FakeUpstream, json, status, stream } from '../support/fake-upstream.js';
import { type GatewayUnderTest, startGateway } from '../support/gateway.js';

const MESSAGES = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Hi' },
];

/** The gateway with the example's adapter, before an Acme that behaves as told. */
async function acme(...behaviours: Behaviour[]): Promise<{ acme: FakeUpstream; gateway: GatewayUnderTest }> {
  const upstream = await FakeUpstream.start();
  onTestFinished(() => upstream.close());
  upstream.models = json({ engines: ['acme-small'] });
  upstream.next(...behaviours);
  const gateway = await startGateway(
    { providers: [{ name: 'acme', kind: 'acme', baseUrl: upstream.baseUrl, apiKey: 'acme-secret', maxRetries: 0 }] },
    { imports: [AcmeModule] },
  );
  onTestFinished(() => gateway.close());
  return { acme: upstream, gateway };
}

it('translates a request and its answer, and counts the tokens', async () => {
  const answer = json({ text: 'Hello', finished: 'done', spent: { read: 9, written: 4 } });
  const { acme: upstream, gateway } = await acme(answer);
  const { status: code, json: body } = await chat(gateway, { model: 'acme-small', messages: MESSAGES, max_tokens: 5 });
  expect(code).toBe(200);
  expect(body['choices']).toMatchObject([{ message: { content: 'Hello' }, finish_reason: 'stop' }]);
  expect(body['usage']).toEqual({ prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 });
  expect(upstream.last.path).toBe('/v1/generate');
  expect(upstream.last.headers['x-acme-key']).toBe('acme-secret');
  expect(upstream.last.json).toEqual({
    engine: 'acme-small',
    turns: [
      { who: 'system', says: 'Be brief.' },
      { who: 'person', says: 'Hi' },
    ],
    limit: 5,
    live: false,
  });
  expect(await gateway.records()).toMatchObject([{ grade: 'exact', tokens: { inputUncached: 9, output: 4 } }]);
});

it('translates a stream that is cut within a letter', async () => {
  const lines = Buffer.from('{"piece":"Grü"}\n{"piece":"ße"}\n{"finished":"done","spent":{"read":9,"written":4}}\n');
  const within = lines.indexOf(0xc3) + 1;
  const { gateway } = await acme(
    stream(
      (seen) => seen.write(lines.subarray(0, within)),
      (seen) => seen.write(lines.subarray(within)),
    ),
  );
  const client = new ChatClient(gateway, { model: 'acme-small', messages: MESSAGES, stream: true });
  await client.waitFor(() => client.isOver);
  expect(client.content).toBe('Grüße');
  expect(client.events.at(-1)).toBe('data: [DONE]');
  expect(await gateway.records()).toMatchObject([{ status: 'completed', grade: 'exact', tokens: { output: 4 } }]);
});

it('says so when a stream breaks off', async () => {
  const { gateway } = await acme(stream('{"piece":"Hel"}\n'));
  const client = new ChatClient(gateway, { model: 'acme-small', messages: MESSAGES, stream: true });
  await client.waitFor(() => client.isOver);
  expect(client.content).toBe('Hel');
  expect(client.events.at(-1)).toContain('upstream_stream_broken');
});

it('hands on what Acme has against a request, and refuses what Acme cannot do', async () => {
  const { acme: upstream, gateway } = await acme(status(422, { problem: 'too many turns' }), status(503, '<html>'));
  const refused = await chat(gateway, { model: 'acme-small', messages: MESSAGES });
  expect(refused.status).toBe(422);
  expect(refused.json['error']).toMatchObject({ message: 'too many turns', type: 'upstream_error' });
  const unavailable = await chat(gateway, { model: 'acme-small', messages: MESSAGES });
  expect(unavailable.status).toBe(503);
  const image = { type: 'image_url', image_url: { url: 'https://images.example/cat.png' } };
  const pictured = await chat(gateway, { model: 'acme-small', messages: [{ role: 'user', content: [image] }] });
  expect(pictured.json['error']).toMatchObject({ code: 'unsupported_parameter', param: 'messages[0].content[0]' });
  const tools = [{ type: 'function', function: { name: 'weather' } }];
  const unsupported = await chat(gateway, { model: 'acme-small', messages: MESSAGES, tools });
  expect(unsupported.status).toBe(400);
  expect(unsupported.json['error']).toMatchObject({ code: 'unsupported_parameter', param: 'tools' });
  expect(upstream.dispatches).toBe(2);
});

it('leaves out what Acme has nothing for, and says so', async () => {
  const answer = json({ text: 'Hello', finished: 'done', spent: { read: 9, written: 4 } });
  const { acme: upstream, gateway } = await acme(answer);
  const request = { model: 'acme-small', messages: MESSAGES, temperature: 0.5, stop: null };
  const { headers } = await chat(gateway, request);
  expect(headers['x-nestgate-warnings']).toBe('unsupported_parameter; param="temperature"');
  expect(upstream.last.json).not.toHaveProperty('temperature');
  const strict = await chat(gateway, request, { headers: { 'x-nestgate-parameters': 'strict' } });
  expect(strict.json['error']).toMatchObject({ code: 'unsupported_parameter', param: 'temperature' });
  expect(upstream.dispatches).toBe(1);
});

it('signs its requests, those for the models too', async () => {
  const { acme: upstream, gateway } = await acme(
    json({ text: 'Hello', finished: 'done', spent: { read: 9, written: 4 } }),
  );
  await chat(gateway, { model: 'acme-small', messages: MESSAGES });
  for (const { path, text, headers } of [upstream.last, ...upstream.modelRequests]) {
    const signature = createHmac('sha256', 'acme-secret').update(path).update(text).digest('hex');
    expect(headers['x-acme-signature']).toBe(signature);
  }
  expect(upstream.modelRequests).toHaveLength(1);
});

it('translates embeddings', async () => {
  const vectors = [
    [0.5, 1],
    [0.25, -1],
  ];
  const { acme: upstream, gateway } = await acme(json({ vectors, spent: { read: 7, written: 0 } }));
  const input = ['Grüße', 'Hi'];
  const path = '/v1/embeddings';
  const { json: body } = await chat(gateway, { model: 'acme-small', input, encoding_format: 'float' }, { path });
  expect(body).toEqual({
    object: 'list',
    data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
    model: 'acme-small',
    usage: { prompt_tokens: 7, total_tokens: 7 },
  });
  expect([upstream.last.path, upstream.last.json]).toEqual(['/v1/vectors', { engine: 'acme-small', texts: input }]);
  expect(await gateway.records()).toMatchObject([{ operation: 'embeddings', tokens: { inputUncached: 7 } }]);
  upstream.next(json({ vectors: [[0.5, 1]], spent: { read: 7, written: 0 } }));
  const packed = await chat(gateway, { model: 'acme-small', input: 'Hi', encoding_format: 'base64' }, { path });
  expect(packed.json['data']).toMatchObject([{ embedding: 'AAAAPwAAgD8=' }]);
  const refused = await chat(gateway, { model: 'acme-small', input: [1, 2] }, { path });
  expect(refused.json['error']).toMatchObject({ code: 'unsupported_parameter', param: 'input' });
});
