import { HttpException, Injectable, Logger, type Type } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { callContext } from '../../test/support/calls.js';
import { extension } from '../../test/support/extensions.js';
import { GatewayError } from '../errors/gateway-error.js';
import { type CallContext } from '../events/call-context.js';
import { CallChunk, ExtensionFailed } from '../events/gateway-events.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { CHAT, COMPLETIONS, EMBEDDINGS, type Operation, SPEECH } from '../events/operation.js';
import { type ChatCompletion, type ChatCompletionChunk } from '../protocol/chat-completions.js';
import { ExtensionPipeline } from './extension-pipeline.js';
import { ExtensionRegistry } from './extension-registry.js';
import { Extension, type GatewayExtension } from './gateway-extension.interface.js';

async function pipelineWith(...extensions: Type<GatewayExtension>[]) {
  const module = await Test.createTestingModule({
    imports: [DiscoveryModule],
    providers: [ExtensionPipeline, ExtensionRegistry, GatewayEventBus, ...extensions],
  }).compile();
  Logger.overrideLogger(false);
  return { pipeline: module.get(ExtensionPipeline), bus: module.get(GatewayEventBus) };
}

const newCall = (streaming = false, operation: Operation = CHAT): CallContext => callContext({ operation, streaming });

const ANSWER = { id: '1', choices: [] } as unknown as ChatCompletion;
const BYTES = Buffer.from(JSON.stringify(ANSWER));
const CACHED = { contentType: 'application/json', bytes: BYTES };

describe('ExtensionPipeline without extensions', () => {
  it('is no work: no promise, no watcher, nothing parsed', async () => {
    const { pipeline } = await pipelineWith();
    const call = newCall(true);
    expect(pipeline.onRequest(call)).toBeUndefined();
    expect(pipeline.onCacheLookup(newCall())).toBeUndefined();
    expect(pipeline.onResponse(call, { bytes: Buffer.from('no JSON') })).toBeUndefined();
    expect(pipeline.chunkFilter(call)).toBeUndefined();
    await pipeline.onError(call, new GatewayError('server_error'));
  });

  it('is none either where they do not have the hook', async () => {
    const { pipeline } = await pipelineWith(extension(0, { onError: () => undefined }));
    expect(pipeline.onRequest(newCall())).toBeUndefined();
    expect(pipeline.chunkFilter(newCall(true))).toBeUndefined();
  });
});

describe('ExtensionPipeline', () => {
  it('shows chat to the hooks that know chat, and nothing else', async () => {
    const seen: unknown[] = [];
    const { pipeline, bus } = await pipelineWith(
      extension(0, { onResponse: (_call, response) => void seen.push(response), onChunk: () => undefined }),
    );
    bus.on(CallChunk, () => undefined);

    expect(pipeline.onResponse(newCall(false, EMBEDDINGS), { bytes: BYTES })).toBeUndefined();
    expect(pipeline.chunkFilter(newCall(true, SPEECH))).toBeUndefined();
    await pipeline.onResponse(newCall(), { bytes: BYTES });

    expect(seen).toEqual([ANSWER]);
    expect(pipeline.chunkFilter(newCall(true))).toBeDefined();
  });

  it('waits for each request hook before the next, in their order', async () => {
    const log: string[] = [];
    const slow = (name: string): GatewayExtension => ({
      onRequest: async () => {
        log.push(`${name} begins`);
        await new Promise(setImmediate);
        log.push(`${name} ends`);
      },
    });
    const { pipeline } = await pipelineWith(extension(2, slow('b')), extension(1, slow('a')));
    await pipeline.onRequest(newCall());
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  it('ends at the first request hook that throws', async () => {
    const log: string[] = [];
    const { pipeline } = await pipelineWith(
      extension(1, { onRequest: () => Promise.reject(new GatewayError('rate_limit_exceeded')) }),
      extension(2, { onRequest: () => void log.push('later') }),
    );
    await expect(pipeline.onRequest(newCall())).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
    expect(log).toEqual([]);
  });

  it('keeps the methods of a class, and those it inherits', async () => {
    const log: string[] = [];
    class Base implements GatewayExtension {
      protected readonly name = 'mine';
      onRequest(): void {
        log.push(this.name);
      }
    }
    @Injectable()
    @Extension()
    class Derived extends Base {}
    const { pipeline } = await pipelineWith(Derived);
    await pipeline.onRequest(newCall());
    expect(log).toEqual(['mine']);
  });

  it('looks into caches only for what may be cached', async () => {
    const { pipeline } = await pipelineWith(extension(0, { onCacheLookup: () => ANSWER }));
    expect(await pipeline.onCacheLookup(newCall())).toEqual(CACHED);
    expect(pipeline.onCacheLookup(newCall(true))).toBeUndefined();
    expect(pipeline.onCacheLookup(newCall(false, { ...CHAT, isCached: false }))).toBeUndefined();
  });

  it('takes the first answer out of the caches, past those that fail', async () => {
    const log: string[] = [];
    const { pipeline } = await pipelineWith(
      extension(1, { onCacheLookup: () => Promise.reject(new Error('a bug')) }),
      extension(2, { onCacheLookup: () => undefined }),
      extension(3, { onCacheLookup: () => ANSWER }),
      extension(4, { onCacheLookup: () => void log.push('asked') as undefined }),
    );
    expect(await pipeline.onCacheLookup(newCall())).toEqual(CACHED);
    expect(log).toEqual([]);
  });

  it('shows answers and errors to all, past those that fail', async () => {
    const seen: unknown[] = [];
    const fail = (): never => {
      throw new Error('a bug');
    };
    const { pipeline } = await pipelineWith(
      extension(1, { onResponse: fail, onError: fail }),
      extension(2, {
        onResponse: (_call, response) => void seen.push(response),
        onError: (_call, error) => void seen.push(error.code),
      }),
    );
    await pipeline.onResponse(newCall(), { bytes: BYTES });
    await pipeline.onError(newCall(), new GatewayError('upstream_timeout'));
    expect(seen).toEqual([ANSWER, 'upstream_timeout']);
  });

  it('shows the chunks of whole events, and nothing that is none', async () => {
    const seen: unknown[] = [];
    const { pipeline, bus } = await pipelineWith(extension(0, { onChunk: (_call, chunk) => void seen.push(chunk) }));
    bus.on(CallChunk, ({ chunk }) => seen.push(chunk));
    const watch = pipeline.chunkFilter(newCall(true));
    watch?.pass(
      Buffer.from(': ping\n\ndata: {"id":"1"}\r\n\r\nid: 4\ndata:{"id":"2"}\n\ndata: [DONE]\n\ndata: {nonsense\n\n'),
    );
    expect(seen).toEqual([{ id: '1' }, { id: '1' }, { id: '2' }, { id: '2' }]);
  });

  it('watches chunks for the bus alone too', async () => {
    const { pipeline, bus } = await pipelineWith();
    const seen: unknown[] = [];
    bus.on(CallChunk, ({ chunk }) => seen.push(chunk));
    pipeline.chunkFilter(newCall(true))?.pass(Buffer.from('data: {"id":"1"}\n\n'));
    expect(seen).toEqual([{ id: '1' }]);
  });
});

describe('ExtensionPipeline, changing calls', () => {
  const chunkOf = (content: string): ChatCompletionChunk =>
    ({ id: '1', choices: [{ index: 0, delta: { content }, finish_reason: null }] }) as unknown as ChatCompletionChunk;
  const eventOf = (content: string): string => `data: ${JSON.stringify(chunkOf(content))}\n\n`;
  const contentOf = ({ choices }: ChatCompletionChunk): string => choices[0]?.delta.content ?? '';

  it('takes the first answer that a request hook returns, and asks nobody after it', async () => {
    const log: string[] = [];
    const { pipeline } = await pipelineWith(
      extension(1, { onRequest: () => Promise.resolve() }),
      extension(2, { onRequest: () => ANSWER }),
      extension(3, { onRequest: () => void log.push('asked') }),
    );
    const call = newCall();
    expect(await pipeline.onRequest(call)).toEqual(CACHED);
    expect(call.answeredBy).toBe('TestExtension');
    expect(log).toEqual([]);
  });

  it('makes no promise as long as no request hook makes one', async () => {
    const { pipeline } = await pipelineWith(
      extension(1, { onRequest: () => undefined }),
      extension(2, { onRequest: () => ANSWER }),
    );
    expect(pipeline.onRequest(newCall())).toEqual(CACHED);
  });

  it('hands what one extension makes of an answer to the next, and on', async () => {
    const { pipeline } = await pipelineWith(
      extension(1, { onResponse: (_call, answer) => ({ ...answer, id: `${answer.id}a` }) }),
      extension(2, { onResponse: () => undefined }),
      extension(3, { onResponse: (_call, answer) => Promise.resolve({ ...answer, id: `${answer.id}b` }) }),
    );
    expect(JSON.parse(String(await pipeline.onResponse(newCall(), { bytes: BYTES })))).toEqual({
      ...ANSWER,
      id: '1ab',
    });
  });

  it('leaves answers and chunks as they are, to the byte, where nobody returns others', async () => {
    const { pipeline } = await pipelineWith(extension(1, { onResponse: () => undefined, onChunk: () => undefined }));
    expect(await pipeline.onResponse(newCall(), { bytes: BYTES })).toBeUndefined();
    const events = Buffer.from(`: ping\r\n\r\nid: 1\r\ndata:  ${JSON.stringify(chunkOf('a'))}\r\n\r\n`);
    const filter = pipeline.chunkFilter(newCall(true));
    expect(filter?.pass(events)).toBe(events);
    expect(filter?.end()).toBeUndefined();
  });

  it('hands each chunk that one extension returns to the next: none, one or several', async () => {
    const seen: string[] = [];
    const told: string[] = [];
    const { pipeline, bus } = await pipelineWith(
      extension(2, { onChunk: (_call, chunk) => void seen.push(contentOf(chunk)) }),
      extension(1, {
        onChunk: (_call, chunk) => (contentOf(chunk) === 'no' ? [] : [...contentOf(chunk)].map(chunkOf)),
      }),
    );
    bus.on(CallChunk, ({ chunk }) => told.push(contentOf(chunk)));
    const passed = pipeline
      .chunkFilter(newCall(true))
      ?.pass(Buffer.from(`${eventOf('ab')}${eventOf('no')}${eventOf('c')}`));
    expect(String(passed)).toBe(eventOf('a') + eventOf('b') + eventOf('c'));
    expect([seen, told]).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ]);
  });

  it('reads an event whose data is on several lines as one', async () => {
    const seen: string[] = [];
    const { pipeline } = await pipelineWith(
      extension(1, { onChunk: (_call, chunk) => void seen.push(contentOf(chunk)) }),
    );
    const [head = '', rest = ''] = JSON.stringify(chunkOf('a')).split('"choices"');
    pipeline.chunkFilter(newCall(true))?.pass(Buffer.from(`data: ${head}\ndata: "choices"${rest}\n\n`));
    expect(seen).toEqual(['a']);
  });

  it('sends what was held back when the stream ends, past those after who held it', async () => {
    const seen: string[] = [];
    const held: ChatCompletionChunk[] = [];
    const { pipeline } = await pipelineWith(
      extension(1, { onChunk: () => undefined, onStreamEnd: () => [] }),
      extension(2, {
        onChunk: (_call, chunk) => {
          held.push(chunk);
          return [];
        },
        onStreamEnd: () => Promise.resolve(held.splice(0)),
      }),
      extension(3, { onChunk: (_call, chunk) => [chunkOf(contentOf(chunk).toUpperCase())] }),
      extension(0, { onChunk: (_call, chunk) => void seen.push(contentOf(chunk)) }),
    );
    const filter = pipeline.chunkFilter(newCall(true));
    expect(filter?.pass(Buffer.from(eventOf('a') + eventOf('b')))).toHaveLength(0);
    expect(String(await filter?.end())).toBe(eventOf('A') + eventOf('B'));
    expect(seen).toEqual(['a', 'b']);
  });

  it('shows nothing to who does not want to see this answer, and text completions to who does', async () => {
    const log: string[] = [];
    const watching = (name: string, watches: boolean): GatewayExtension => ({
      watches: () => watches,
      onResponse: () => void log.push(`${name} response`),
      onChunk: () => void log.push(`${name} chunk`),
    });
    const { pipeline } = await pipelineWith(extension(1, watching('a', false)), extension(2, watching('b', true)));
    const completion = (streaming: boolean): CallContext => newCall(streaming, COMPLETIONS);
    await pipeline.onResponse(newCall(), { bytes: BYTES });
    await pipeline.onResponse(completion(false), { bytes: BYTES });
    pipeline.chunkFilter(newCall(true))?.pass(Buffer.from(eventOf('a')));
    pipeline.chunkFilter(completion(true))?.pass(Buffer.from(eventOf('a')));
    expect(log).toEqual(['b response', 'b response', 'b chunk', 'b chunk']);
    expect(pipeline.chunkFilter(newCall(true, SPEECH))).toBeUndefined();

    const none = await pipelineWith(extension(1, watching('a', false)));
    expect(none.pipeline.onResponse(newCall(), { bytes: Buffer.from('no JSON') })).toBeUndefined();
    expect(none.pipeline.chunkFilter(newCall(true))).toBeUndefined();
  });
});

describe('ExtensionPipeline, refusing and failing', () => {
  const EVENT = Buffer.from('data: {"id":"1"}\n\n');
  type Failing = 'onRequest' | 'onCacheLookup' | 'watches' | 'onResponse' | 'onChunk' | 'onStreamEnd';
  const HOOKS: readonly Failing[] = ['onRequest', 'onCacheLookup', 'watches', 'onResponse', 'onChunk', 'onStreamEnd'];

  async function run(hook: Failing, thrown: unknown, onFailure?: 'refuse' | 'continue') {
    const hooks: GatewayExtension = {
      onChunk: () => undefined,
      [hook]: () => {
        throw thrown;
      },
    };
    class Failing {
      constructor() {
        Object.assign(this, hooks);
      }
    }
    Extension({ name: 'failing', ...(onFailure && { onFailure }) })(Failing);
    Injectable()(Failing);
    const { pipeline, bus } = await pipelineWith(Failing);
    const failed: string[] = [];
    bus.on(ExtensionFailed, (event) => failed.push(`${event.extension} ${event.hook}`));
    const outcome = async (): Promise<unknown> => {
      if (hook === 'onRequest' || hook === 'onCacheLookup') return pipeline[hook](newCall());
      if (hook === 'onResponse') return pipeline.onResponse(newCall(), { bytes: BYTES });
      const filter = pipeline.chunkFilter(newCall(true));
      filter?.pass(EVENT);
      return filter?.end();
    };
    const error: unknown = await outcome().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return { error, failed };
  }

  it.each(HOOKS)('%s refuses by an error of the gateway, or one of Nest, whatever onFailure says', async (hook) => {
    const ours = await run(hook, new GatewayError('request_refused'), 'continue');
    const nests = await run(hook, new HttpException('Not you.', 403), 'continue');
    expect(ours).toMatchObject({ error: { code: 'request_refused' }, failed: [] });
    expect(nests).toMatchObject({ error: { status: 403, message: 'Not you.' }, failed: [] });
  });

  it.each(HOOKS)('%s that fails is told of; the call ends by default in onRequest alone', async (hook) => {
    const bug = new Error('a bug');
    const ended = { error: { code: 'extension_failed', cause: bug }, failed: [`failing ${hook}`] };
    const goesOn = { error: undefined, failed: [`failing ${hook}`] };
    expect(await run(hook, bug)).toMatchObject(hook === 'onRequest' ? ended : goesOn);
    expect(await run(hook, bug, 'refuse')).toMatchObject(ended);
    expect(await run(hook, bug, 'continue')).toMatchObject(goesOn);
  });
});
