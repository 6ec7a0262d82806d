import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ModelRouter } from '../../src/dispatch/model-router.js';
import { CircuitClosed, CircuitOpened } from '../../src/events/gateway-events.js';
import { GatewayEventBus } from '../../src/events/gateway-event-bus.js';
import { chat, ChatClient, CHAT_REQUEST, type ClientAnswer, STREAM_REQUEST } from '../support/chat-client.js';
import {
  type Behaviour,
  chatAnswer,
  chatStream,
  type FakeUpstream,
  gate,
  hang,
  openAiError,
  stream,
} from '../support/fake-upstream.js';
import { oneProvider, type Scene, threeProviders, twoProviders } from '../support/scene.js';

const FAILING = openAiError(500, 'oops');
const ANSWERING = chatAnswer('Hello');

// The clock of circuits and budgets stands still unless a test moves it; sockets and timers do not care.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Sends so many requests, some at a time. */
async function chats(scene: Pick<Scene, 'gateway'>, count: number, atOnce: number): Promise<ClientAnswer[]> {
  const answers: ClientAnswer[] = [];
  const client = async (): Promise<void> => {
    while (count-- > 0) answers.push(await chat(scene.gateway));
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  return answers;
}

const statusesOf = (answers: readonly ClientAnswer[]): number[] => [...new Set(answers.map(({ status }) => status))];

/** Tries that the gateway believes to be under way at the providers of `model`. */
const placesTaken = ({ gateway }: Pick<Scene, 'gateway'>): number[] =>
  gateway.app
    .get(ModelRouter, { strict: false })
    .deploymentsOf('model')
    .map(({ account }) => account.bulkhead.inFlight);

function circuitEvents({ gateway }: Pick<Scene, 'gateway'>): string[] {
  const told: string[] = [];
  const bus = gateway.app.get(GatewayEventBus, { strict: false });
  bus.on(CircuitOpened, ({ target, openForMs }) => told.push(`${target.id} ${openForMs}`));
  bus.on(CircuitClosed, ({ target }) => told.push(`${target.id} closed`));
  return told;
}

describe('a deployment that fails all the time, of three', () => {
  it('is left after five failures, probed ever more rarely, and used again soon after it is well', async () => {
    const scene = await threeProviders();
    const [first, second, third] = scene.upstreams;
    const told = circuitEvents(scene);
    first.always(FAILING);

    expect(statusesOf(await chats(scene, 10, 1))).toEqual([200]);
    expect(first.dispatches).toBe(5);

    for (let seconds = 0; seconds < 40; seconds++) {
      vi.advanceTimersByTime(1_000);
      expect(statusesOf(await chats(scene, 4, 4))).toEqual([200]);
    }
    const probes = first.dispatches - 5;
    expect(probes).toBe(3);
    expect(probes / 160).toBeLessThan(0.02);
    expect(told).toEqual(['first/model 5000', 'first/model 10000', 'first/model 20000', 'first/model 40000']);

    first.always(ANSWERING);
    const failures = first.dispatches;
    let waited = 0;
    while (first.dispatches === failures) {
      vi.advanceTimersByTime(5_000);
      waited += 5_000;
      expect((await chat(scene.gateway)).status).toBe(200);
    }
    expect(waited).toBeLessThanOrEqual(2 * 40_000);
    expect(told.at(-1)).toBe('first/model closed');
    expect(third.dispatches).toBe(0);

    const before = second.dispatches;
    expect(statusesOf(await chats(scene, 10, 1))).toEqual([200]);
    expect(second.dispatches).toBe(before);
  });

  it('stands on the records as passed over while its circuit is open', async () => {
    const scene = await twoProviders({ provider: { maxRetries: 4 } });
    scene.upstreams[0].always(FAILING);
    await chat(scene.gateway);
    await chat(scene.gateway);

    const [record, next] = await scene.records();
    expect(record?.attempts.map(({ deployment, status }) => `${deployment} ${status}`)).toEqual([
      ...Array.from({ length: 5 }, () => 'first/model 500'),
      'second/model 200',
    ]);
    expect(next?.attempts.map(({ deployment, status, error }) => [deployment, status, error])).toEqual([
      ['first/model', null, 'circuit_open'],
      ['second/model', 200, null],
    ]);
  });

  it('is left too where it fails in mid-stream, and probed by a stream', async () => {
    const scene = await twoProviders({ provider: { maxRetries: 0 } });
    const [first, second] = scene.upstreams;
    const told = circuitEvents(scene);
    first.always(
      stream({ choices: [{ index: 0, delta: { content: 'Once' } }] }, (seen: { cut(): void }) => seen.cut()),
    );
    second.always(chatStream(['Hello']));
    for (let call = 0; call < 8; call++) await new ChatClient(scene.gateway).waitFor(({ isOver }) => isOver);
    expect([first.dispatches, second.dispatches]).toEqual([5, 3]);

    first.always(chatStream(['Hello']));
    vi.advanceTimersByTime(5_000);
    expect((await chat(scene.gateway, STREAM_REQUEST)).headers['x-nestgate-deployment']).toBe('first/model');
    expect(told).toEqual(['first/model 5000', 'first/model closed']);
  });

  it('takes nothing from its only model: it is tried all the same, once for each call', async () => {
    const scene = await oneProvider();
    const [upstream] = scene.upstreams;
    upstream.always(FAILING);
    await chats(scene, 2, 1);
    expect(upstream.dispatches).toBe(5);

    expect(statusesOf(await chats(scene, 10, 1))).toEqual([500]);
    expect(upstream.dispatches).toBe(15);
    expect((await scene.records()).at(-1)?.attempts.map(({ error }) => error)).toEqual(['provider_code']);

    upstream.always(ANSWERING);
    expect(statusesOf(await chats(scene, 2, 1))).toEqual([200]);
    upstream.next(FAILING);
    expect((await chat(scene.gateway)).headers['x-nestgate-attempts']).toBe('2');
  });

  it('is tried after the others where every circuit is open', async () => {
    const scene = await twoProviders({ provider: { maxRetries: 0 } });
    const [first, second] = scene.upstreams;
    first.always(FAILING);
    second.always(FAILING);
    await chats(scene, 5, 1);
    second.always(ANSWERING);

    const answer = await chat(scene.gateway);

    expect([answer.status, answer.headers['x-nestgate-attempts']]).toEqual([200, '2']);
    expect((await scene.records()).at(-1)?.attempts.map(({ deployment, status }) => [deployment, status])).toEqual([
      ['first/model', 500],
      ['second/model', 200],
    ]);
  });

  it.each([
    ['refusals of the request', openAiError(400, 'no')],
    ['a model that is not there', openAiError(404, 'no')],
    ['limits with a time', openAiError(429, 'no', { 'retry-after': '0.001' })],
  ])('is not what %s make it', async (_name, behaviour) => {
    const scene = await twoProviders({ provider: { maxRetries: 0 } });
    scene.upstreams[0].always((seen) => {
      vi.advanceTimersByTime(1);
      return behaviour(seen);
    });
    const told = circuitEvents(scene);
    for (let call = 0; call < 7; call++) {
      vi.advanceTimersByTime(1);
      await chat(scene.gateway);
    }
    expect(told).toEqual([]);
    expect(scene.upstreams[0].dispatches).toBe(7);
  });

  it('is not what clients make it that leave', async () => {
    const scene = await oneProvider();
    scene.upstreams[0].always(hang);
    const told = circuitEvents(scene);
    for (let call = 0; call < 6; call++) {
      const client = new ChatClient(scene.gateway, CHAT_REQUEST);
      await scene.upstreams[0].request(call);
      client.leave();
      await scene.watch.allOver();
    }
    expect(told).toEqual([]);
  });
});

describe('a limit that the provider tells the end of', () => {
  it('sends calls elsewhere for as long, and no longer', async () => {
    const scene = await twoProviders();
    const [first, second] = scene.upstreams;
    first.next(openAiError(429, 'slow down', { 'retry-after': '30' }));
    await chats(scene, 3, 1);
    expect([first.dispatches, second.dispatches]).toEqual([1, 3]);
    expect((await scene.records()).at(-1)?.attempts[0]).toMatchObject({
      deployment: 'first/model',
      error: 'rate_limited',
    });

    vi.advanceTimersByTime(29_999);
    await chat(scene.gateway);
    expect(first.dispatches).toBe(1);
    vi.advanceTimersByTime(1);
    await chat(scene.gateway);
    expect([first.dispatches, second.dispatches]).toEqual([2, 4]);
  });

  it('is told to clients at once where there is nowhere else to go', async () => {
    const scene = await oneProvider();
    scene.upstreams[0].next(openAiError(429, 'slow down', { 'retry-after': '30' }));
    const told = await chat(scene.gateway);
    expect([told.status, told.headers['retry-after'], told.headers['x-should-retry']]).toEqual([429, '30', undefined]);

    vi.advanceTimersByTime(10_000);
    const answer = await chat(scene.gateway);

    expect(answer.status).toBe(429);
    expect(answer.json).toMatchObject({ error: { code: 'rate_limit_exceeded' } });
    expect([answer.headers['retry-after'], answer.headers['x-should-retry']]).toEqual(['20', 'true']);
    expect(scene.upstreams[0].dispatches).toBe(1);
    expect((await scene.records()).at(-1)).toMatchObject({
      status: 'failed',
      httpStatus: 429,
      grade: 'none',
      provider: null,
      attempts: [{ deployment: 'first/model', status: null, error: 'rate_limited' }],
    });
  });
});

/** Takes requests and holds them; knows how many at a time at most. */
function holding(upstream: FakeUpstream) {
  const held = gate();
  const seen = { most: 0 };
  let current = 0;
  upstream.always(async (request) => {
    seen.most = Math.max(seen.most, ++current);
    await held.passed;
    current--;
    await ANSWERING(request);
  });
  return { seen, open: held.open };
}

describe('a provider that hangs', () => {
  it('takes its share of places, and nothing from the other provider', async () => {
    const scene = await twoProviders({
      first: { models: [{ name: 'hanging' }], maxConcurrency: 5, maxWait: 1 },
      second: { models: [{ name: 'model' }] },
    });
    const [first, second] = scene.upstreams;
    const { seen, open } = holding(first);
    const toFirst = Array.from({ length: 40 }, () => chat(scene.gateway, { ...CHAT_REQUEST, model: 'hanging' }));
    const toSecond = chats(scene, 40, 10);

    expect(statusesOf(await toSecond)).toEqual([200]);
    await scene.watch.waitFor(({ failed }) => failed.length === 35);
    expect(first.dispatches).toBe(5);
    expect(first.connections).toBeLessThanOrEqual(5);
    open();

    const answers = await Promise.all(toFirst);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused).toHaveLength(35);
    for (const { status, headers, json } of refused) {
      expect(status).toBe(503);
      expect(json).toMatchObject({ error: { code: 'upstream_overloaded', type: 'upstream_error' } });
      expect([headers['x-should-retry'], headers['retry-after']]).toEqual(['true', '1']);
    }
    expect(seen.most).toBe(5);
    expect(second.dispatches).toBe(40);
    await scene.watch.allOver();
    expect(placesTaken(scene)).toEqual([0]);
  });

  it('leaves what it has no place for to the next provider, at once', async () => {
    const scene = await twoProviders({ first: { maxConcurrency: 3, maxWait: 60_000 } });
    const [first, second] = scene.upstreams;
    const { seen, open } = holding(first);
    const held = Array.from({ length: 3 }, () => chat(scene.gateway));
    await first.request(2);

    expect(statusesOf(await chats(scene, 20, 5))).toEqual([200]);
    expect([first.dispatches, second.dispatches, seen.most]).toEqual([3, 20, 3]);
    expect(placesTaken(scene)).toEqual([3, 0]);
    open();
    expect(statusesOf(await Promise.all(held))).toEqual([200]);

    const passedOver = (await scene.records()).flatMap(({ attempts }) =>
      attempts.filter(({ status }) => status === null).map(({ deployment, error }) => `${deployment} ${error}`),
    );
    expect(passedOver).toEqual(Array.from({ length: 20 }, () => 'first/model bulkhead_full'));
    expect(placesTaken(scene)).toEqual([0, 0]);
  });

  it('gives places that become free to those who wait for them', async () => {
    const scene = await oneProvider({ provider: { maxConcurrency: 1, maxWait: 60_000 } });
    const { seen, open } = holding(scene.upstreams[0]);
    const first = chat(scene.gateway);
    await scene.upstreams[0].request(0);
    const second = chat(scene.gateway);
    await scene.watch.waitFor(({ admitted }) => admitted.length === 2);
    open();
    expect(statusesOf(await Promise.all([first, second]))).toEqual([200]);
    expect(seen.most).toBe(1);
    expect(placesTaken(scene)).toEqual([0]);
  });

  it('has its places back when clients leave streams', async () => {
    const scene = await oneProvider({ provider: { maxConcurrency: 1, maxWait: 0 } });
    scene.upstreams[0].always(stream({ choices: [{ index: 0, delta: { content: 'Once' } }] }, () => gate().passed));
    for (let call = 0; call < 3; call++) {
      const client = new ChatClient(scene.gateway);
      await client.waitFor(({ text }) => text.includes('Once'));
      expect(placesTaken(scene)).toEqual([1]);
      client.leave();
      await scene.watch.allOver();
      expect(placesTaken(scene)).toEqual([0]);
    }
  });
});

describe('a provider that answers nothing but 500', () => {
  it('gets hardly more requests than there are calls, and clients are told to leave it at that', async () => {
    const scene = await oneProvider();
    scene.upstreams[0].always(FAILING);

    const answers = await chats(scene, 150, 20);

    expect(statusesOf(answers)).toEqual([500]);
    expect(scene.upstreams[0].dispatches).toBeLessThanOrEqual(1.2 * 150);
    expect(new Set(answers.map(({ headers }) => headers['x-should-retry']))).toEqual(new Set(['false']));
  });

  it('gets no more retries than its budget where every third request fails', async () => {
    const scene = await oneProvider();
    let count = 0;
    scene.upstreams[0].always((seen) => (count++ % 3 === 0 ? FAILING : ANSWERING)(seen));

    await chats(scene, 200, 20);

    const retries = scene.upstreams[0].dispatches - 200;
    expect(retries).toBeLessThanOrEqual(10 + 20);
    expect(retries).toBeGreaterThanOrEqual(20);
  });

  it('gets no retries of a client that comes again by itself', async () => {
    const scene = await oneProvider();
    scene.upstreams[0].always(FAILING);
    await chat(scene.gateway, CHAT_REQUEST, { headers: { 'x-stainless-retry-count': '0' } });
    expect(scene.upstreams[0].dispatches).toBe(3);
    await chat(scene.gateway, CHAT_REQUEST, { headers: { 'x-stainless-retry-count': '1' } });
    expect(scene.upstreams[0].dispatches).toBe(4);
  });
});

describe('whatever happens', () => {
  it('the tries and those passed over on the records are those that the providers saw', async () => {
    const scene = await threeProviders({
      provider: { maxConcurrency: 6, maxWait: 5, maxRetries: 1, timeout: 0 },
      first: { maxConcurrency: 3 },
    });
    // Numbers that are the same each time, since chance is not: a linear congruential generator.
    let seed = 42;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    const behaviours: Behaviour[] = [
      ...Array.from({ length: 6 }, () => ANSWERING),
      ...Array.from({ length: 4 }, () => FAILING),
      openAiError(400, 'no'),
      openAiError(403, 'no'),
      openAiError(429, 'later'),
      openAiError(429, 'later', { 'retry-after-ms': '20' }),
      // Not before its head: on a connection that has served, the request would be sent once more within the same try.
      (seen) => {
        seen.head(200, { 'content-length': '100' });
        seen.cut();
      },
    ];
    const seen = new Map<string, number>();
    for (const [index, upstream] of scene.upstreams.entries()) {
      upstream.always((request) => {
        vi.advanceTimersByTime(random(40));
        const id = ['first', 'second', 'third'][index] ?? '';
        seen.set(id, (seen.get(id) ?? 0) + 1);
        return behaviours[random(behaviours.length)]?.(request);
      });
    }

    const answers = await chats(scene, 200, 20);

    const records = await scene.records();
    expect(records).toHaveLength(200);
    const tried = new Map<string, number>();
    for (const { attempts, requestId } of records) {
      const passedOver = attempts.filter(({ error }) =>
        ['circuit_open', 'bulkhead_full', 'rate_limited', 'key_refused'].includes(error ?? ''),
      );
      const tries = attempts.filter((attempt) => !passedOver.includes(attempt));
      for (const { deployment } of tries) {
        const [provider = ''] = deployment.split('/');
        tried.set(provider, (tried.get(provider) ?? 0) + 1);
      }
      const names = passedOver.map(({ deployment }) => deployment);
      expect(new Set(names).size).toBe(names.length);
      expect(tries.some(({ deployment }) => names.includes(deployment))).toBe(false);
      const answer = answers.find(({ headers }) => headers['x-request-id'] === requestId);
      expect(answer?.headers['x-nestgate-attempts'] ?? '0').toBe(String(tries.length));
    }
    expect(tried).toEqual(seen);
    const reasons = records.flatMap(({ attempts }) => attempts.map(({ error }) => error));
    expect(reasons).toContain('bulkhead_full');
    expect(placesTaken(scene)).toEqual([0, 0, 0]);
  });
});
