import { createHmac } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { generateApiKey, maskApiKey } from '../../src/auth/api-key.js';
import { ApiKeyRepository } from '../../src/auth/api-key.repository.js';
import { GuardrailTriggered } from '../../src/events/gateway-events.js';
import { GatewayEventBus } from '../../src/events/gateway-event-bus.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../src/gateway.settings.js';
import { type GuardrailOptions } from '../../src/guardrail.options.js';
import { chat, CHAT_REQUEST, ChatClient, type ClientAnswer, dataOf, STREAM_REQUEST } from '../support/chat-client.js';
import {
  type Behaviour,
  chatAnswer,
  chatCompletion,
  chatStream,
  chunk,
  DONE,
  FakeUpstream,
  finish,
  gate,
  hang,
  json,
  role,
  status,
  stream,
  text,
  usage,
} from '../support/fake-upstream.js';
import { TEST_KEY } from '../support/gateway.js';
import { oneProvider, type Scene } from '../support/scene.js';

const MAIL = 'ann.canary@example.com';
const PERSONAL: GuardrailOptions = { name: 'personal', kind: 'personal-data' };

interface GuardedScene extends Scene<[FakeUpstream]> {
  readonly upstream: FakeUpstream;
  readonly told: string[];
}

async function guarded(guardrails: GuardrailOptions[], keyGuardrails?: string[]): Promise<GuardedScene> {
  const keys = [{ name: 'test', secret: TEST_KEY, ...(keyGuardrails && { guardrails: keyGuardrails }) }];
  const scene = await oneProvider({ gateway: { guardrails, keys } });
  const told: string[] = [];
  const bus = scene.gateway.app.get(GatewayEventBus, { strict: false });
  bus.on(GuardrailTriggered, ({ guardrail, side, action, kinds }) => {
    told.push(`${guardrail} ${side} ${action} ${[...kinds].map(([kind, count]) => `${kind}×${count}`).join(' ')}`);
  });
  return { ...scene, upstream: scene.upstreams[0], told };
}

const asking = (content: unknown, more: object = {}): object => ({
  ...CHAT_REQUEST,
  messages: [{ role: 'user', content }],
  ...more,
});

const answering = (message: object): Behaviour =>
  json({
    ...chatCompletion(''),
    choices: [{ index: 0, message: { role: 'assistant', content: null, ...message }, finish_reason: 'stop' }],
  });

const messageOf = ({ json: { choices } }: ClientAnswer): unknown =>
  (choices as { message: unknown }[]).map(({ message }) => message)[0];

const REFUSED = { type: 'invalid_request_error', param: null, code: 'guardrail_refused' };

describe('a request', () => {
  it('is sent with what was found masked, and everything else as it came', async () => {
    const { gateway, upstream, told } = await guarded([PERSONAL]);
    const sent = `{"unknown":12345678901234567890, "model":"model","messages":[{"role":"user","content":"I am ${MAIL}","x":1}]}`;

    const answer = await chat(gateway, sent);

    expect(answer.status).toBe(200);
    expect(upstream.last.text).toContain('{"unknown":12345678901234567890, "model":"model"');
    expect(upstream.last.json.messages).toEqual([{ role: 'user', content: 'I am [EMAIL]', x: 1 }]);
    expect(answer.headers['x-nestgate-guardrails']).toBe('personal; on=request; action=mask; kinds="email"; count=1');
    expect(told).toEqual(['personal request mask email×1']);
  });

  it('goes on byte for byte where nothing was found', async () => {
    const { gateway, upstream, told } = await guarded([PERSONAL]);
    const sent = JSON.stringify({ ...CHAT_REQUEST, n: 1.0, z: [1, { a: null }] }).replace('"n":1', '"n":1.0');

    const answer = await chat(gateway, sent);

    expect(upstream.last.text).toBe(sent);
    expect(answer.headers['x-nestgate-guardrails']).toBeUndefined();
    expect(told).toEqual([]);
  });

  it('is masked in parts, tool calls and reasoning too, and stays JSON', async () => {
    const { gateway, upstream } = await guarded([PERSONAL]);
    await chat(gateway, {
      model: 'model',
      messages: [
        { role: 'user', content: [{ type: 'text', text: MAIL }] },
        {
          role: 'assistant',
          content: null,
          reasoning_content: MAIL,
          tool_calls: [
            { id: '1', type: 'function', function: { name: 'f', arguments: '{"to":"ann.canary\\u0040example.com"}' } },
          ],
        },
        { role: 'tool', tool_call_id: '1', content: MAIL },
      ],
    });
    expect(upstream.last.json.messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: '[EMAIL]' }] },
      {
        role: 'assistant',
        content: null,
        reasoning_content: '[EMAIL]',
        tool_calls: [{ id: '1', type: 'function', function: { name: 'f', arguments: '{"to":"[EMAIL]"}' } }],
      },
      { role: 'tool', tool_call_id: '1', content: '[EMAIL]' },
    ]);
  });

  it.each([
    ['/v1/completions', { prompt: ['x', MAIL] }],
    ['/v1/embeddings', { input: [MAIL] }],
    ['/v1/images/generations', { prompt: MAIL }],
    ['/v1/audio/speech', { input: MAIL, voice: 'v' }],
    ['/v1/rerank', { query: MAIL, documents: [MAIL, { title: MAIL }] }],
  ])('of %s is masked', async (path, body) => {
    const { gateway, upstream } = await guarded([PERSONAL]);
    await chat(gateway, { model: 'model', ...body }, { path });
    expect(upstream.dispatches).toBe(1);
    expect(upstream.last.text).toContain('[EMAIL]');
    expect(upstream.last.text).not.toContain('canary');
  });

  it('that is a form is masked in its fields, and keeps its files', async () => {
    const { gateway, upstream } = await guarded([PERSONAL]);
    const form = [
      'Content-Disposition: form-data; name="model"\r\n\r\nmodel',
      `Content-Disposition: form-data; name="prompt"\r\n\r\nof ${MAIL}`,
      'Content-Disposition: form-data; name="image"; filename="a.png"\r\nContent-Type: image/png\r\n\r\nPNG',
    ];
    const body = `--b\r\n${form.join('\r\n--b\r\n')}\r\n--b--\r\n`;
    await chat(gateway, body, {
      path: '/v1/images/edits',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
    });
    expect(upstream.last.text).toContain('of [EMAIL]');
    expect(upstream.last.text).toContain('PNG');
  });

  it('is sent to be judged as it came', async () => {
    const { gateway, upstream } = await guarded([PERSONAL]);
    await chat(gateway, { model: 'model', input: MAIL }, { path: '/v1/moderations' });
    expect(upstream.last.json.input).toBe(MAIL);
  });

  it('is refused, without a word of what was found', async () => {
    const { gateway, upstream, told, records } = await guarded([{ ...PERSONAL, action: 'refuse' }]);
    for (const body of [asking(MAIL), asking(MAIL, { stream: true })]) {
      const answer = await chat(gateway, body);
      expect(answer.status).toBe(400);
      expect(answer.json).toEqual({
        error: { message: "The request was refused by the guardrail 'personal'.", ...REFUSED },
      });
      expect(answer.headers['x-should-retry']).toBe('false');
    }
    expect(upstream.dispatches).toBe(0);
    expect(told).toEqual(['personal request refuse email×1', 'personal request refuse email×1']);
    expect(await records()).toEqual([]);
  });

  it('is only told of, where that is all that is wanted', async () => {
    const { gateway, upstream, told } = await guarded([{ ...PERSONAL, action: 'warn' }]);
    await chat(gateway, asking(MAIL));
    expect(upstream.last.text).toContain(MAIL);
    expect(told).toEqual(['personal request warn email×1']);
  });

  it('is looked at by the guardrails of its key, and those of all', async () => {
    const guardrails: GuardrailOptions[] = [
      { name: 'falcon', kind: 'pattern', patterns: ['falcon'], ignoreCase: true },
      { name: 'heron', kind: 'pattern', patterns: ['heron'], replacement: '<bird>', appliesTo: 'named' },
      { name: 'crane', kind: 'pattern', patterns: ['crane'], appliesTo: 'named' },
    ];
    const { gateway, upstream } = await guarded(guardrails, ['heron']);
    await chat(gateway, asking('Falcon, heron, crane'));
    expect(upstream.last.json.messages).toEqual([{ role: 'user', content: '[MASKED], <bird>, crane' }]);
  });
});

describe('an answer', () => {
  it('is masked wherever there is text in it', async () => {
    const { gateway, upstream, told, record } = await guarded([{ ...PERSONAL, on: 'response' }]);
    upstream.next(
      answering({
        content: `Hi ${MAIL}`,
        refusal: MAIL,
        reasoning_content: MAIL,
        tool_calls: [
          { id: '1', type: 'function', function: { name: 'f', arguments: `{"a":"${MAIL}","b":4111111111111111}` } },
        ],
      }),
    );
    const answer = await chat(gateway, asking(MAIL));
    expect(messageOf(answer)).toEqual({
      role: 'assistant',
      content: 'Hi [EMAIL]',
      refusal: '[EMAIL]',
      reasoning_content: '[EMAIL]',
      tool_calls: [
        { id: '1', type: 'function', function: { name: 'f', arguments: '{"a":"[EMAIL]","b":"[CREDIT_CARD]"}' } },
      ],
    });
    expect(upstream.last.text).toContain(MAIL);
    expect(answer.headers['x-nestgate-guardrails']).toContain('on=response');
    expect(told).toEqual(['personal response mask email×4 credit-card×1']);
    expect(await record()).toMatchObject({ status: 'completed', grade: 'exact' });
  });

  it('goes on byte for byte where nothing was found', async () => {
    const { gateway, upstream } = await guarded([PERSONAL]);
    const answered = { ...chatCompletion('Größe'), unknown: 1 };
    upstream.next(json(answered));
    expect((await chat(gateway)).text).toBe(JSON.stringify(answered));
  });

  it('is refused, and paid for', async () => {
    const { gateway, upstream, record } = await guarded([{ ...PERSONAL, action: 'refuse' }]);
    upstream.next(chatAnswer(MAIL));
    const answer = await chat(gateway);
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({
      error: { message: "The answer was refused by the guardrail 'personal'.", ...REFUSED },
    });
    expect(await record()).toMatchObject({
      status: 'failed',
      httpStatus: 400,
      errorCode: 'guardrail_refused',
      attempts: [{ status: 200, error: null }],
    });
  });

  it('of a text completion is masked, streamed or not', async () => {
    const { gateway, upstream } = await guarded([PERSONAL]);
    const completion = (piece: string, reason: string | null = null): object => ({
      id: 'cmpl-1',
      object: 'text_completion',
      created: 1,
      model: 'm',
      choices: [{ index: 0, text: piece, finish_reason: reason, logprobs: null }],
    });
    upstream.next(
      json(completion(MAIL, 'stop')),
      stream(completion('ann@exa'), completion('mple.com'), completion('', 'stop'), DONE),
    );
    const whole = await chat(gateway, { model: 'model', prompt: 'x' }, { path: '/v1/completions' });
    const streamed = await chat(gateway, { model: 'model', prompt: 'x', stream: true }, { path: '/v1/completions' });
    expect(whole.text).toContain('"text":"[EMAIL]"');
    expect(dataOf(streamed.text).map((data) => (data as { choices: { text: string }[] }).choices[0]?.text)).toEqual([
      '[EMAIL]',
      '',
    ]);
  });
});

describe('a stream', () => {
  it('never lets through a character of what is masked, however it comes', async () => {
    const { gateway, upstream, told, record } = await guarded([PERSONAL]);
    upstream.next(chatStream(['Hello ', ...`<${MAIL}>`, ' bye']));
    const { text: events } = await chat(gateway, STREAM_REQUEST);
    const contents = dataOf(events).map(
      (data) => (data as { choices: { delta: { content?: string } }[] }).choices[0]?.delta,
    );
    expect(contents.map((delta) => delta?.content ?? '').join('')).toBe('Hello <[EMAIL]> bye');
    expect(dataOf(events).at(-1)).toEqual(finish);
    expect(events.endsWith(DONE)).toBe(true);
    expect(told).toEqual(['personal response mask email×1']);
    expect(await record()).toMatchObject({ status: 'completed', grade: 'exact' });
  });

  it('lets go at the end of each choice what it held back for it, each member for itself', async () => {
    const { gateway, upstream } = await guarded([PERSONAL]);
    const of = (index: number, delta: object, reason: string | null = null): object => {
      const { choices: _choices, ...others } = chunk({}) as { choices: unknown };
      return { ...others, choices: [{ index, delta, finish_reason: reason, logprobs: null }] };
    };
    const call = (argumentText: string, more: object = {}): object => ({
      tool_calls: [{ index: 0, ...more, function: { arguments: argumentText } }],
    });
    upstream.next(
      stream(
        of(0, { role: 'assistant', reasoning_content: 'a@b' }),
        of(1, { content: 'x@y.' }),
        of(0, { reasoning_content: '.org' }),
        of(0, { content: 'end' }),
        of(0, call('{"to":"', { id: '1', type: 'function' })),
        of(0, call('ann@exam')),
        of(0, call('ple.com"}')),
        of(0, {}, 'tool_calls'),
        of(1, { content: 'io' }, 'stop'),
        DONE,
      ),
    );
    const { text: events } = await chat(gateway, STREAM_REQUEST);
    expect(
      dataOf(events).map((data) =>
        (data as { choices: object[] }).choices.map((choice) => ({ ...choice, logprobs: 0 })),
      ),
    ).toEqual([
      [{ index: 0, delta: { role: 'assistant', reasoning_content: '' }, finish_reason: null, logprobs: 0 }],
      [{ index: 0, delta: call('{"to":"', { id: '1', type: 'function' }), finish_reason: null, logprobs: 0 }],
      [{ index: 0, delta: call('[EMAIL]"}'), finish_reason: null, logprobs: 0 }],
      [{ index: 0, delta: { reasoning_content: '[EMAIL]', content: 'end' }, finish_reason: null, logprobs: 0 }],
      [{ index: 0, delta: {}, finish_reason: 'tool_calls', logprobs: 0 }],
      [{ index: 1, delta: { content: '[EMAIL]' }, finish_reason: 'stop', logprobs: 0 }],
    ]);
  });

  it('is refused with an event, and nothing of what was found before it', async () => {
    const { gateway, upstream, watch, told, record } = await guarded([{ ...PERSONAL, action: 'refuse' }]);
    const { passed, open } = gate();
    upstream.next(stream(role, text('Write to ann.can'), passed, text('ary@example.com now'), finish, usage(), DONE));
    const client = new ChatClient(gateway);
    await client.waitFor(({ content }) => content === 'Write to ');
    open();
    await client.waitFor(({ isOver }) => isOver);
    const events = client.text;
    expect(dataOf(events)).toEqual([
      role,
      text('Write to '),
      { error: { message: "The answer was refused by the guardrail 'personal'.", ...REFUSED, type: 'server_error' } },
    ]);
    expect(events).not.toContain('DONE');
    expect(told).toEqual(['personal response refuse email×1']);
    expect(await record()).toMatchObject({ status: 'failed', errorCode: 'guardrail_refused' });
    // It is not the provider that failed.
    expect(watch.failedAttempts).toEqual([]);
  });

  it('goes on as it came where the guardrails of the key do not look at answers', async () => {
    const { gateway, upstream } = await guarded([{ ...PERSONAL, on: 'request' }]);
    upstream.next(chatStream([MAIL]));
    expect(dataOf((await chat(gateway, STREAM_REQUEST)).text)).toEqual([role, text(MAIL), finish]);
  });
});

const SECRET = 'webhook-secret-0123456789';

async function webhook(more: Partial<GuardrailOptions> = {}): Promise<GuardedScene & { readonly judge: FakeUpstream }> {
  const judge = await FakeUpstream.start();
  onTestFinished(() => judge.close());
  judge.always(json({ action: 'allow' }));
  const scene = await guarded([
    { name: 'judge', kind: 'webhook', url: `${judge.baseUrl}/check`, secret: SECRET, ...more },
  ]);
  return { ...scene, judge };
}

describe('a webhook', () => {
  it('is asked about both sides, signed', async () => {
    const { gateway, judge, upstream } = await webhook();
    const answer = await chat(gateway, asking('Is it so?'));
    expect(answer.status).toBe(200);
    expect(
      judge.requests.map(({ path, json: { side, texts, key, guardrail } }) => [path, side, texts, key, guardrail]),
    ).toEqual([
      ['/v1/check', 'request', ['Is it so?'], 'test', 'judge'],
      ['/v1/check', 'response', ['Hello'], 'test', 'judge'],
    ]);
    const [, seconds, signature] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(judge.last.headers['x-nestgate-signature'])) ?? [];
    expect(signature).toBe(createHmac('sha256', SECRET).update(`${seconds}.${judge.last.text}`).digest('hex'));
    expect(upstream.dispatches).toBe(1);
  });

  it('refuses, and says why by kind alone', async () => {
    const { gateway, judge, upstream, told } = await webhook();
    judge.next(json({ action: 'refuse', kinds: ['insult', 'no kind\n'] }));
    const answer = await chat(gateway);
    expect(answer.json).toEqual({
      error: { message: "The request was refused by the guardrail 'judge'.", ...REFUSED },
    });
    expect(told).toEqual(['judge request refuse insult×1']);
    expect(upstream.dispatches).toBe(0);
  });

  it('masks requests and answers, streamed ones too', async () => {
    const { gateway, judge, upstream } = await webhook();
    const mask: Behaviour = (seen) =>
      json({ action: 'mask', texts: (seen.json.texts as string[]).map(() => '*') })(seen);
    judge.always(mask);
    upstream.next(chatAnswer('Secret'), chatStream(['Sec', 'ret']));
    const whole = await chat(gateway);
    const streamed = await chat(gateway, STREAM_REQUEST);
    expect(upstream.requests.map((seen) => seen.json.messages)).toEqual([
      [{ role: 'user', content: '*' }],
      [{ role: 'user', content: '*' }],
    ]);
    expect(messageOf(whole)).toMatchObject({ content: '*' });
    expect(dataOf(streamed.text)).toEqual([role, text('*'), text(''), finish]);
  });

  it('holds a stream back until it has been judged, and may refuse it whole', async () => {
    const { gateway, judge, upstream } = await webhook({ on: 'response' });
    judge.next(json({ action: 'refuse' }));
    upstream.next(chatStream(['Sec', 'ret']));
    const { text: events } = await chat(gateway, STREAM_REQUEST);
    expect(judge.last.json.texts).toEqual(['Secret']);
    expect(dataOf(events)).toEqual([
      { error: { message: "The answer was refused by the guardrail 'judge'.", ...REFUSED, type: 'server_error' } },
    ]);
  });

  it.each<[string, Behaviour]>([
    ['fails', status(500)],
    ['says what cannot be followed', json({ action: 'mask', texts: [] })],
    ['says nothing in time', hang],
  ])('that %s ends the call', async (_name, behaviour) => {
    const { gateway, judge, upstream } = await webhook({ timeout: 50 });
    judge.next(behaviour);
    const refused = await chat(gateway);
    expect([refused.status, (refused.json.error as { code: string }).code]).toEqual([500, 'extension_failed']);
    expect(upstream.dispatches).toBe(0);
  });

  it('that fails and need not be heard is passed over', async () => {
    const { gateway, judge } = await webhook({ onFailure: 'continue' });
    judge.always(status(500));
    expect((await chat(gateway)).status).toBe(200);
  });

  it('changes nothing where it is only to tell', async () => {
    const { gateway, judge, upstream, told } = await webhook({ action: 'warn', on: 'request' });
    judge.next(json({ action: 'refuse' }));
    expect((await chat(gateway)).status).toBe(200);
    expect(upstream.last.json).toEqual(CHAT_REQUEST);
    expect(told).toEqual(['judge request warn webhook×1']);
  });
});

describe('a moderation model', () => {
  const judged = (...categories: Record<string, number>[]): Behaviour =>
    json({
      id: 'modr-1',
      model: 'm',
      results: categories.map((scores) => ({
        flagged: Object.values(scores).some((score) => score > 0.5),
        categories: Object.fromEntries(Object.entries(scores).map(([name, score]) => [name, score > 0.5])),
        category_scores: scores,
      })),
    });

  const moderated = (more: Partial<GuardrailOptions> = {}): Promise<GuardedScene> =>
    guarded([{ name: 'moderation', kind: 'moderation', model: 'model', on: 'request', ...more }]);

  it('is asked by a call of its own, with a record of its own', async () => {
    const { gateway, upstream, records } = await moderated();
    upstream.next(judged({ hate: 0.1 }));
    const answer = await chat(gateway, asking('Good morning'));
    expect(answer.status).toBe(200);
    expect(upstream.requests.map(({ path, json: { input } }) => [path, input])).toEqual([
      ['/v1/moderations', ['Good morning']],
      ['/v1/chat/completions', undefined],
    ]);
    expect((await records()).map(({ operation, keyName, status: end }) => [operation, keyName, end])).toEqual([
      ['moderation', 'test', 'completed'],
      ['chat', 'test', 'completed'],
    ]);
  });

  it.each<[string, Partial<GuardrailOptions>, Record<string, number>, string | undefined]>([
    ['flags', {}, { hate: 0.9 }, 'hate'],
    ['flags another category than those that count', { categories: ['violence'] }, { hate: 0.9 }, undefined],
    ['gives a score', { threshold: 0.3 }, { hate: 0.4, violence: 0.2 }, 'hate'],
    ['gives a lower score', { threshold: 0.95 }, { hate: 0.9 }, undefined],
  ])('refuses what it %s', async (_name, more, scores, kind) => {
    const { gateway, upstream, told } = await moderated(more);
    upstream.next(judged(scores));
    const answer = await chat(gateway);
    expect(answer.status).toBe(kind === undefined ? 200 : 400);
    expect(told).toEqual(kind === undefined ? [] : [`moderation request refuse ${kind}×1`]);
  });

  it('that cannot be asked ends the call', async () => {
    const { gateway, upstream, records } = await moderated();
    upstream.next(status(400));
    expect((await chat(gateway)).status).toBe(500);
    expect((await records()).map(({ operation, status: end }) => [operation, end])).toEqual([['moderation', 'failed']]);
  });

  it('that cannot be asked and need not be is passed over', async () => {
    const { gateway, upstream } = await moderated({ onFailure: 'continue' });
    upstream.next(status(400));
    expect((await chat(gateway)).status).toBe(200);
  });
});

describe('a client that leaves', () => {
  it('is waited for by nobody who was asked', async () => {
    const { gateway, judge, upstream } = await webhook({ timeout: 60_000 });
    judge.next(hang);
    const client = new ChatClient(gateway, CHAT_REQUEST);
    const asked = await judge.request(0);
    client.leave();
    await judge.waitFor(() => asked.leftByPeer);
    expect(upstream.dispatches).toBe(0);
  });

  it('ends the call that its own call has made', async () => {
    const { gateway, upstream, records } = await guarded([
      { name: 'moderation', kind: 'moderation', model: 'model', timeout: 60_000 },
    ]);
    upstream.next(hang);
    const client = new ChatClient(gateway, CHAT_REQUEST);
    const asked = await upstream.request(0);
    client.leave();
    await upstream.waitFor(() => asked.leftByPeer);
    expect((await records()).map(({ operation, status: end }) => [operation, end])).toEqual([
      ['moderation', 'aborted'],
    ]);
  });
});

describe('a configuration', () => {
  it('with a pattern that cannot be used stops the start, and says which and why', async () => {
    const pattern: GuardrailOptions = { name: 'a', kind: 'pattern', patterns: ['ok', '(a)\\1'] };
    await expect(guarded([pattern])).rejects.toThrow(
      /guardrails\[0\]\.patterns\[1\].*has \\1, which is not known here/s,
    );
  });

  it('that lacks a guardrail which a stored key names lets the key do nothing without it', async () => {
    const { gateway, upstream } = await guarded([PERSONAL]);
    const { key, id } = generateApiKey();
    const { digests } = gateway.app.get<GatewaySettings>(GATEWAY_SETTINGS, { strict: false });
    await gateway.app.get(ApiKeyRepository, { strict: false }).insert({
      id,
      name: 'stored',
      digest: digests.of(key),
      masked: maskApiKey(key),
      allowedModels: null,
      settings: { guardrails: ['gone'] },
      createdAt: new Date(),
      expiresAt: null,
      disabledAt: null,
    });
    const answer = await chat(gateway, CHAT_REQUEST, { headers: { authorization: `Bearer ${key}` } });
    expect([answer.status, (answer.json.error as { code: string }).code]).toEqual([500, 'extension_failed']);
    expect(upstream.dispatches).toBe(0);
  });
});
