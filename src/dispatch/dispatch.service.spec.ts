import { Observable } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { callContext } from '../../test/support/calls.js';
import { GatewayError } from '../errors/gateway-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { type CallContext } from '../events/call-context.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { AttemptFailed } from '../events/gateway-events.js';
import { CHAT, EMBEDDINGS, type Operation, SPEECH } from '../events/operation.js';
import { type GatewaySettings, resolveSettings } from '../gateway.settings.js';
import {
  type Answer,
  type AnswerStream,
  type Provider,
  type StreamPart,
} from '../providers/provider-adapter.interface.js';
import { CommittedStream } from './committed-stream.js';
import { type Deployment } from './deployment.js';
import { DispatchService } from './dispatch.service.js';
import { ModelRouter } from './model-router.js';

const ANSWER: Answer = { contentType: 'application/json', bytes: Buffer.from('{}'), usage: undefined, textBytes: 0 };
const PART: StreamPart = { bytes: Buffer.from('x'), hasContent: true, textBytes: 1 };

const streamOf = (parts: Observable<StreamPart>): AnswerStream => ({
  parts,
  pause: () => undefined,
  resume: () => undefined,
});

const deployment = (provider: Provider, changes: Partial<Deployment> = {}): Deployment => ({
  id: 'acme/m',
  provider,
  providerName: 'acme',
  model: 'm',
  upstreamModel: 'm',
  weight: 1,
  maxRetries: 0,
  timeout: 0,
  facts: {},
  ...changes,
});

function dispatcher(deployments: Deployment[], settings: Partial<GatewaySettings> = {}) {
  const router = new ModelRouter();
  router.replace({ models: new Map([['m', deployments]]), aliases: new Map(), open: new Map() });
  const bus = new GatewayEventBus();
  const failures: AttemptFailed[] = [];
  bus.on(AttemptFailed, (event) => failures.push(event));
  const service = new DispatchService({ ...resolveSettings({}, Buffer.alloc(32)), ...settings }, router, bus);
  return { service, failures };
}

const newCall = (streaming: boolean, operation: Operation = CHAT): CallContext => callContext({ operation, streaming });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('DispatchService', () => {
  it('leaves no timer behind a stream that was over as soon as it was open', async () => {
    const stream = () =>
      streamOf(
        new Observable((subscriber) => {
          subscriber.next(PART);
          subscriber.complete();
        }),
      );
    const { service } = dispatcher([deployment({ chat: { answer: () => Promise.resolve(ANSWER), stream } })]);

    const call = newCall(true);
    expect(await service.dispatch(call)).toBeInstanceOf(CommittedStream);

    expect(call.lastAttempt?.isOver).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no timer behind an answer, nor behind a failure', async () => {
    const answer = vi
      .fn<() => Promise<Answer>>()
      .mockResolvedValueOnce(ANSWER)
      .mockRejectedValueOnce(new UpstreamError('upstream_error', { status: 400 }));
    const { service, failures } = dispatcher([deployment({ chat: { answer } }, { timeout: 1_000 })]);

    expect(await service.dispatch(newCall(false))).toBe(ANSWER);
    await expect(service.dispatch(newCall(false))).rejects.toMatchObject({ status: 400 });

    expect(vi.getTimerCount()).toBe(0);
    expect(failures).toHaveLength(1);
  });

  it('makes one try for each deployment of an operation that is billed even if it fails', async () => {
    const answer = vi
      .fn<() => Promise<Answer>>()
      .mockRejectedValue(new UpstreamError('upstream_error', { status: 500 }));
    const twice = [1, 2].map(() => deployment({ chat: { answer } }, { maxRetries: 5 }));
    const { service } = dispatcher(twice);

    await expect(service.dispatch(newCall(false, { ...CHAT, isRetried: false }))).rejects.toMatchObject({
      status: 500,
    });

    expect(answer).toHaveBeenCalledTimes(2);
  });

  it('passes over deployments that cannot do it', async () => {
    const able = deployment({ chat: { answer: () => Promise.resolve(ANSWER) } });
    const { service } = dispatcher([deployment({}), able]);

    expect(await service.dispatch(newCall(false))).toBe(ANSWER);
  });

  it('says what no deployment of the model can do', async () => {
    const { service } = dispatcher([
      deployment({}),
      deployment({ chat: { answer: () => Promise.reject(new Error('This must not be called.')) } }),
    ]);

    await expect(service.dispatch(newCall(true))).rejects.toMatchObject({
      code: 'unsupported_parameter',
      status: 400,
      param: 'stream',
    });
    await expect(service.dispatch(newCall(false, EMBEDDINGS))).rejects.toMatchObject({
      code: 'unsupported_operation',
      status: 404,
      param: 'model',
      message: "No provider of the model 'm' does this (embeddings).",
    });
    await expect(dispatcher([]).service.dispatch(newCall(false, EMBEDDINGS))).rejects.toMatchObject({
      code: 'model_not_found',
      status: 404,
    });
  });

  it('takes a whole answer where the client did not ask for the stream', async () => {
    const whole = deployment({ speech: { answer: () => Promise.resolve(ANSWER) } });
    const { service } = dispatcher([whole]);

    expect(await service.dispatch(newCall(true, SPEECH))).toBe(ANSWER);
  });

  it('gives a try no limit where there is none', async () => {
    const { service } = dispatcher([deployment({ chat: { answer: () => new Promise<Answer>(() => undefined) } })], {
      callTimeout: 0,
    });
    void service.dispatch(newCall(false));
    expect(vi.getTimerCount()).toBe(0);
  });

  it('makes a plain server error of what is no failure of the provider, and does not try that again', async () => {
    const answer = vi.fn<() => Promise<Answer>>().mockRejectedValue(new TypeError('a bug'));
    const { service } = dispatcher([deployment({ chat: { answer } }, { maxRetries: 2 })]);

    const error: unknown = await service.dispatch(newCall(false)).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ code: 'server_error', status: 500, cause: new TypeError('a bug') });
    expect(GatewayError.isInstance(error)).toBe(true);
    expect(answer).toHaveBeenCalledTimes(1);
  });
});
