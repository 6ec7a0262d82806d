import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { callContext } from '../../test/support/calls.js';
import { dispatcher } from '../../test/support/dispatcher.js';
import { deploymentOf } from '../../test/support/deployments.js';
import { GatewayError } from '../errors/gateway-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { type Answer } from '../providers/provider-adapter.interface.js';
import { type Deployment } from './deployment.js';
import { type DispatchService } from './dispatch.service.js';

const ANSWER: Answer = { contentType: 'application/json', bytes: Buffer.from('{}'), usage: undefined, textBytes: 0 };

/** As many calls as there are in a quarter of a minute. */
const CALLS = 3_000;
const SPACING_MS = 5;

/** A deployment of the model that answers, or fails, after a while, and counts how often it is asked. */
class Double {
  asked = 0;
  fails: () => boolean = () => false;
  readonly deployment: Deployment;

  constructor(id: string) {
    const answer = async (): Promise<Answer> => {
      this.asked++;
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (this.fails()) throw new UpstreamError('upstream_error', { status: 500 });
      return ANSWER;
    };
    this.deployment = deploymentOf({ chat: { answer } }, { id, providerName: id, maxRetries: 2, timeout: 30_000 });
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Sends calls, one every few milliseconds. @returns what those that failed did with. */
async function load(service: DispatchService, calls: number): Promise<GatewayError[]> {
  const errors: GatewayError[] = [];
  for (let call = 0; call < calls; call++) {
    service.dispatch(callContext()).catch((error: unknown) => errors.push(GatewayError.from(error)));
    await vi.advanceTimersByTimeAsync(SPACING_MS);
  }
  await vi.advanceTimersByTimeAsync(10_000);
  return errors;
}

describe('at 200 calls a second', () => {
  it('a provider that fails altogether gets at most 1.2 requests for each call', async () => {
    const failing = new Double('failing');
    failing.fails = () => true;
    const errors = await load(dispatcher([failing.deployment]).service, CALLS);
    expect(errors).toHaveLength(CALLS);
    expect(errors.every(({ shouldRetry }) => shouldRetry === false)).toBe(true);
    expect(failing.asked).toBeLessThanOrEqual(1.2 * CALLS);
  });

  it('a provider that fails now and then gets at most 1.2 requests for each call', async () => {
    const failing = new Double('failing');
    failing.fails = () => failing.asked % 3 === 0;
    await load(dispatcher([failing.deployment]).service, CALLS);
    expect(failing.asked).toBeLessThanOrEqual(1.2 * CALLS);
    expect(failing.asked).toBeGreaterThan(1.05 * CALLS);
  });

  it('two that fail altogether get at most 1.2 requests each for each call', async () => {
    const both = [new Double('one'), new Double('other')];
    for (const one of both) one.fails = () => true;
    await load(dispatcher(both.map(({ deployment }) => deployment)).service, CALLS);
    for (const { asked } of both) expect(asked).toBeLessThanOrEqual(1.2 * CALLS);
  });

  it('one of three that fails costs no call its answer, gets less than 2 % of them, and comes back', async () => {
    const three = ['failing', 'one', 'other'].map((id) => new Double(id));
    const [failing] = three;
    if (failing === undefined) throw new Error('There are three.');
    failing.fails = () => true;
    const { service, opened, closed } = dispatcher(three.map(({ deployment }) => deployment));
    expect(await load(service, CALLS)).toEqual([]);
    expect(failing.asked / CALLS).toBeLessThan(0.02);

    failing.fails = () => false;
    const healedAt = performance.now();
    const ejection = opened.at(-1)?.openForMs ?? 0;
    while (closed.length === 0 && performance.now() - healedAt < 200_000) {
      expect(await load(service, 20)).toEqual([]);
    }
    expect(performance.now() - healedAt).toBeLessThanOrEqual(2 * ejection);
    const before = failing.asked;
    await load(service, 300);
    expect(failing.asked - before).toBeGreaterThan(50);
  });
});
