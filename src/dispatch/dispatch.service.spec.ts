import { Observable } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { callContext } from '../../test/support/calls.js';
import { deploymentOf } from '../../test/support/deployments.js';
import { dispatcher } from '../../test/support/dispatcher.js';
import { GatewayError } from '../errors/gateway-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { type CallContext } from '../events/call-context.js';
import { CHAT, EMBEDDINGS, type Operation, SPEECH } from '../events/operation.js';
import { type Answer, type AnswerStream, type StreamPart } from '../providers/provider-adapter.interface.js';
import { CommittedStream } from './committed-stream.js';

const ANSWER: Answer = { contentType: 'application/json', bytes: Buffer.from('{}'), usage: undefined, textBytes: 0 };
const PART: StreamPart = { bytes: Buffer.from('x'), hasContent: true, textBytes: 1 };

const streamOf = (parts: Observable<StreamPart>): AnswerStream => ({
  parts,
  pause: () => undefined,
  resume: () => undefined,
});

const newCall = (streaming: boolean, operation: Operation = CHAT): CallContext => callContext({ operation, streaming });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  // Chance takes the first deployment and the shortest pause.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('DispatchService', () => {
  it('goes on past a closed deployment, and tells the gate of each try that it let through', async () => {
    const answer = vi
      .fn<() => Promise<Answer>>()
      .mockRejectedValueOnce(new UpstreamError('upstream_error', { status: 500 }))
      .mockRejectedValueOnce(new UpstreamError('upstream_error', { status: 400 }))
      .mockResolvedValue(ANSWER);
    const { service, gates } = dispatcher(
      ['closed', 'failing', 'refusing', 'well'].map((id) => deploymentOf({ chat: { answer } }, { id })),
    );
    const told: string[] = [];
    gates.add({
      enter: (_call, { id }) => (id === 'closed' ? { reason: 'rate_limited' } : undefined),
      leave: (_call, { id }, outcome) => told.push(`${id} ${outcome}`),
    });
    const call = newCall(false);

    expect(await service.dispatch(call)).toBe(ANSWER);

    expect(told).toEqual(['failing error', 'refusing ignored', 'well success']);
    expect(call.passedOver.map(({ target, reason }) => [target.id, reason])).toEqual([['closed', 'rate_limited']]);
    expect(call.attempts.map(({ target }) => target.id)).toEqual(['failing', 'refusing', 'well']);
  });

  it.each([
    [['rate_limited', 'rate_limited'], { status: 429, code: 'rate_limit_exceeded' }],
    [['rate_limited', 'something_else'], { status: 503, code: 'no_deployment_available' }],
  ])('tries nothing where all deployments are closed: %j', async (reasons, error) => {
    const answer = vi.fn<() => Promise<Answer>>();
    const { service, gates } = dispatcher(reasons.map((id) => deploymentOf({ chat: { answer } }, { id })));
    gates.add({ enter: (_call, { id }) => ({ reason: id, retryAfter: id === 'rate_limited' ? 7 : 5 }) });
    const call = newCall(false);

    await expect(service.dispatch(call)).rejects.toMatchObject({
      ...error,
      retryAfter: reasons.includes('something_else') ? 5 : 7,
      shouldRetry: true,
    });

    expect(answer).not.toHaveBeenCalled();
    expect(call.attempts).toEqual([]);
    expect(call.passedOver.map(({ reason }) => reason)).toEqual(reasons);
  });

  it('leaves no deadline behind a stream that was over as soon as it was open', async () => {
    const stream = () =>
      streamOf(
        new Observable((subscriber) => {
          subscriber.next(PART);
          subscriber.complete();
        }),
      );
    const { service, deadlines } = dispatcher([
      deploymentOf({ chat: { answer: () => Promise.resolve(ANSWER), stream } }),
    ]);

    const call = newCall(true);
    expect(await service.dispatch(call)).toBeInstanceOf(CommittedStream);

    expect(call.lastAttempt?.isOver).toBe(true);
    expect(deadlines.count).toBe(0);
  });

  it('leaves no deadline behind an answer, nor behind a failure', async () => {
    const answer = vi
      .fn<() => Promise<Answer>>()
      .mockResolvedValueOnce(ANSWER)
      .mockRejectedValueOnce(new UpstreamError('upstream_error', { status: 400 }));
    const { service, deadlines, failures } = dispatcher([deploymentOf({ chat: { answer } }, { timeout: 1_000 })]);

    expect(await service.dispatch(newCall(false))).toBe(ANSWER);
    await expect(service.dispatch(newCall(false))).rejects.toMatchObject({ status: 400 });

    expect(deadlines.count).toBe(0);
    expect(failures).toHaveLength(1);
  });

  it('makes one try for each deployment of an operation that is billed even if it fails', async () => {
    const answer = vi
      .fn<() => Promise<Answer>>()
      .mockRejectedValue(new UpstreamError('upstream_error', { status: 500 }));
    const twice = [1, 2].map(() => deploymentOf({ chat: { answer } }, { maxRetries: 5 }));
    const { service } = dispatcher(twice);

    await expect(service.dispatch(newCall(false, { ...CHAT, isRetried: false }))).rejects.toMatchObject({
      status: 500,
    });

    expect(answer).toHaveBeenCalledTimes(2);
  });

  it('passes over deployments that cannot do it', async () => {
    const able = deploymentOf({ chat: { answer: () => Promise.resolve(ANSWER) } });
    const { service } = dispatcher([deploymentOf({}), able]);

    expect(await service.dispatch(newCall(false))).toBe(ANSWER);
  });

  it('says what no deployment of the model can do', async () => {
    const { service } = dispatcher([
      deploymentOf({}),
      deploymentOf({ chat: { answer: () => Promise.reject(new Error('This must not be called.')) } }),
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
    const whole = deploymentOf({ speech: { answer: () => Promise.resolve(ANSWER) } });
    const { service } = dispatcher([whole]);

    expect(await service.dispatch(newCall(true, SPEECH))).toBe(ANSWER);
  });

  it('gives a try no limit where there is none', async () => {
    const { service } = dispatcher([deploymentOf({ chat: { answer: () => new Promise<Answer>(() => undefined) } })], {
      callTimeout: 0,
    });
    void service.dispatch(newCall(false));
    expect(vi.getTimerCount()).toBe(0);
  });

  it('makes a plain server error of what is no failure of the provider, and does not try that again', async () => {
    const answer = vi.fn<() => Promise<Answer>>().mockRejectedValue(new TypeError('a bug'));
    const { service } = dispatcher([deploymentOf({ chat: { answer } }, { maxRetries: 2 })]);

    const error: unknown = await service.dispatch(newCall(false)).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ code: 'server_error', status: 500, cause: new TypeError('a bug') });
    expect(GatewayError.isInstance(error)).toBe(true);
    expect(answer).toHaveBeenCalledTimes(1);
  });
});
