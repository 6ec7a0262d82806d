import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type ParameterPolicy } from '../../src/protocol/parameter-policy.js';
import { chat, type ClientAnswer } from '../support/chat-client.js';
import { type GatewayUnderTest, startGateway } from '../support/gateway.js';
import { WEATHER } from './cases/tools.cases.js';
import { CHAT_CASES } from './cases.js';
import { type Json } from './provider-double.js';
import { readChunks, readCompletion, type Told } from './told.js';

/** No provider stands behind the simulator: what one would say stands in the request. */
describe.each([
  ['whole', false],
  ['streamed', true],
] as const)('the simulator, %s:', (_form, streaming) => {
  let gateway: GatewayUnderTest;

  beforeAll(async () => {
    gateway = await start();
  });

  afterAll(() => gateway.close());

  function ask(request: Json, policy: ParameterPolicy = 'strict', of = gateway): Promise<ClientAnswer> {
    const body = { model: 'model', messages: [{ role: 'user', content: 'Grüße 😀' }], ...request };
    const streamed = { ...body, stream: true, stream_options: { include_usage: true } };
    return chat(of, streaming ? streamed : body, { headers: { 'x-nestgate-parameters': policy } });
  }

  async function told(request: Json): Promise<Told> {
    const { status, text, json } = await ask(request);
    if (status !== 200) throw new Error(text);
    return streaming ? readChunks(text) : readCompletion(json);
  }

  it('says what it hears', async () => {
    const { text, finish, usage } = await told({});
    expect([text, finish]).toEqual(['Grüße 😀', 'stop']);
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
    expect(usage?.completion_tokens).toBeGreaterThan(0);
  });

  const scenes = CHAT_CASES.flatMap(({ feature, scene, told: check }) =>
    scene !== undefined && check !== undefined && SIMULATED.has(feature) ? [[feature, scene, check] as const] : [],
  );

  it.each(scenes)('%s', async (_feature, { text, reasoning, calls }, check) => {
    const simulator = {
      ...(text === undefined ? {} : { content: text.join('') }),
      ...(reasoning === undefined ? {} : { reasoning: reasoning.pieces.join('') }),
      ...(calls === undefined
        ? {}
        : { tool_calls: calls.map((call) => ({ name: call.name, arguments: call.arguments })) }),
    };
    check(await told({ simulator }));
  });

  it('calls the tool that it must call', async () => {
    const { calls, finish } = await told({ tools: [WEATHER], tool_choice: 'required' });
    expect([calls, finish]).toMatchObject([[{ name: 'get_weather' }], 'tool_calls']);
  });

  it.each([400, 401, 403, 404, 429, 500, 503])('fails with status %i', async (status) => {
    // One that has been told to wait sends nothing more for a while.
    const own = await start();
    onTestFinished(() => own.close());
    const answer = await ask({ simulator: { error: { status, message: 'As asked', retry_after: 7 } } }, 'strict', own);
    expect([answer.status, answer.headers['retry-after']]).toEqual([status, '7']);
    expect(answer.json['error']).toMatchObject({ message: 'As asked', type: 'upstream_error' });
  });

  it('leaves out what changes nothing, and says so', async () => {
    const warned = await ask({ logit_bias: { '1': 1 }, parameter_of_tomorrow: 1 }, 'warn');
    expect(warned.status).toBe(200);
    expect(warned.headers['x-nestgate-warnings']).toMatch(/"logit_bias".*"parameter_of_tomorrow"/);
    const refused = await ask({ logit_bias: { '1': 1 } });
    expect([refused.status, refused.json['error']]).toMatchObject([400, { param: 'logit_bias' }]);
  });
});

const start = (): Promise<GatewayUnderTest> =>
  startGateway({
    providers: [{ name: 'simulator', kind: 'simulator', models: [{ name: 'model' }], maxRetries: 0 }],
  });

/** What it can be told to say. */
const SIMULATED: ReadonlySet<string> = new Set([
  'chat.tools',
  'chat.parallel_tool_calls',
  'chat.text_beside_tool_calls',
  'chat.json_schema',
  'chat.reasoning',
]);
