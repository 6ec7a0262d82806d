import { describe, expect, it, onTestFinished } from 'vitest';
import { Injectable } from '@nestjs/common';
import { Extension } from '../../src/extensions/gateway-extension.interface.js';
import { GATEWAY_SETTINGS } from '../../src/gateway.settings.js';
import { MetricsService } from '../../src/extensions/metrics/metrics.service.js';
import { type OverloadOptions } from '../../src/overload.options.js';
import { chat, CHAT_REQUEST, ChatClient, type ClientAnswer, STREAM_REQUEST } from '../support/chat-client.js';
import { forever, role, stream } from '../support/fake-upstream.js';
import { oneProvider, type Scene, type SceneOptions } from '../support/scene.js';

const KEYS = { low: 'sk-low-0123456789abcdef', normal: 'sk-normal-0123456789abcdef', high: 'sk-high-0123456789abcdef' };
type Priority = keyof typeof KEYS;

/** A gateway with a key of each priority, and streams of `high` under way that do not end. */
async function busyGateway(overload: OverloadOptions | undefined, streams: number, options: SceneOptions = {}) {
  const scene = await oneProvider({
    ...options,
    gateway: {
      metrics: { enabled: true },
      keys: (['low', 'normal', 'high'] as const).map((name) => ({ name, secret: KEYS[name], priority: name })),
      ...(overload && { overload }),
    },
  });
  const open = times(streams, () => openStream(scene));
  const leave = (): void => open.forEach((client) => client.leave());
  await scene.watch.waitFor(({ admitted }) => admitted.length === streams);
  return { ...scene, leave };
}

type Answer = Pick<ClientAnswer, 'status' | 'headers' | 'json'>;

/** Over connections that are kept: new ones are taken one in a turn of the event loop. */
async function keptAsk({ gateway }: Pick<Scene, 'gateway'>, priority: Priority): Promise<Answer> {
  const headers = { ...asking(priority).headers, 'content-type': 'application/json' };
  const body = JSON.stringify(CHAT_REQUEST);
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers, body });
  const json = (await answer.json()) as Answer['json'];
  return { status: answer.status, headers: Object.fromEntries(answer.headers), json };
}

const times = <Value>(count: number, make: () => Value): Value[] => Array.from({ length: count }, make);

function openStream({ gateway, upstreams }: Pick<Scene, 'gateway' | 'upstreams'>): ChatClient {
  upstreams[0]?.next(stream(role, forever));
  return new ChatClient(gateway, STREAM_REQUEST, asking('high'));
}

const asking = (priority: Priority) => ({ headers: { authorization: `Bearer ${KEYS[priority]}` } });

const ask = ({ gateway }: Pick<Scene, 'gateway'>, priority: Priority): Promise<ClientAnswer> =>
  chat(gateway, undefined, asking(priority));

const metricsOf = ({ gateway }: Pick<Scene, 'gateway'>): Promise<string> =>
  gateway.app.get(MetricsService, { strict: false }).render();

@Injectable()
@Extension()
class Slow {
  onRequest(): void {
    const end = performance.now() + 30;
    while (performance.now() < end);
  }
}

function expectRefused({ status, headers, json }: Answer): void {
  expect([status, json]).toEqual([
    503,
    {
      error: {
        message: 'The server has more to do than it can.',
        type: 'server_error',
        param: null,
        code: 'server_overloaded',
      },
    },
  ]);
  expect([headers['retry-after'], headers['x-should-retry']]).toEqual(['1', 'true']);
}

describe('a gateway whose event loop is late', () => {
  it('refuses what may be refused, says so, answers the rest, and lets everybody in again', async () => {
    const said: unknown[] = [];
    const note = (message: unknown): void => void said.push(message);
    const scene = await busyGateway({ enabled: true, delay: 50 }, 64, { extras: { providers: [Slow] } });
    scene.gateway.app.useLogger({ log: note, warn: note, error: note });
    onTestFinished(() => scene.gateway.app.useLogger(false));
    const refused: Answer[] = [];
    let asked = 0;
    // So many that every turn of the event loop finds the next ones.
    const lane = async (priority: Priority): Promise<void> => {
      while (refused.length === 0 && asked++ < 600) {
        const answer = await keptAsk(scene, priority);
        if (priority === 'high') expect(answer.status).toBe(200);
        else if (answer.status !== 200) refused.push(answer);
      }
    };
    await Promise.all([lane('high'), ...times(10, () => lane('low'))]);
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) {
      expectRefused(answer);
      expect(answer.headers['connection']).not.toBe('close');
    }
    const count = `nestgate_shed_requests_total{priority="low"} ${refused.length}\n`;
    expect(await metricsOf(scene)).toContain(count);
    const line = { message: 'requests refused: more to do than this process can', calls_in_flight: expect.any(Number) };
    await expect.poll(() => said).toContainEqual(expect.objectContaining(line));
    // Nobody does anything about it.
    await expect.poll(() => metricsOf(scene)).toContain('nestgate_overloaded 0\n');
    expect((await ask(scene, 'low')).status).toBe(200);
    scene.leave();
    // What was refused is on no record, and was sent to nobody.
    expect((await scene.records()).length).toBe(scene.upstreams[0].dispatches);
  });
});

describe('a gateway with as many calls under way as may be', () => {
  it('refuses those of a low priority from three quarters on, normal ones from there, and never high ones', async () => {
    const scene = await busyGateway({ enabled: true, delay: 0, heap: 100, calls: 4 }, 2);
    expect((await ask(scene, 'low')).status).toBe(200);
    const third = openStream(scene);
    await scene.watch.waitFor(({ admitted }) => admitted.length === 4);
    expectRefused(await ask(scene, 'low'));
    expect((await ask(scene, 'normal')).status).toBe(200);
    const fourth = openStream(scene);
    await scene.watch.waitFor(({ admitted }) => admitted.length === 6);
    expectRefused(await ask(scene, 'normal'));
    expect((await ask(scene, 'high')).status).toBe(200);
    expect(await metricsOf(scene)).toContain('nestgate_shed_requests_total{priority="normal"} 1\n');
    for (const one of [scene, third, fourth]) one.leave();
    await scene.watch.allOver();
    expect((await ask(scene, 'low')).status).toBe(200);
  });
});

it('in an application of one’s own nothing is refused unless it says so', async () => {
  const scene = await busyGateway(undefined, 0);
  expect(scene.gateway.app.get(GATEWAY_SETTINGS, { strict: false })).toMatchObject({ overload: undefined });
});
