import { Injectable, Logger, type Type } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { callContext } from '../../test/support/calls.js';
import { extension } from '../../test/support/extensions.js';
import { GatewayError } from '../errors/gateway-error.js';
import { type CallContext } from '../events/call-context.js';
import { CallChunk } from '../events/gateway-events.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { CHAT, EMBEDDINGS, type Operation, SPEECH } from '../events/operation.js';
import { type ChatCompletion } from '../protocol/chat-completions.js';
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
    expect(pipeline.onResponse(call, Buffer.from('no JSON'))).toBeUndefined();
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

    expect(pipeline.onResponse(newCall(false, EMBEDDINGS), BYTES)).toBeUndefined();
    expect(pipeline.chunkFilter(newCall(true, SPEECH))).toBeUndefined();
    await pipeline.onResponse(newCall(), BYTES);

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
    await pipeline.onResponse(newCall(), BYTES);
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
