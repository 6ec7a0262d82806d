import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type TracingOptions } from '../../src/observability.options.js';
import { chat, CHAT_REQUEST, STREAM_REQUEST } from '../support/chat-client.js';
import { chatStream, openAiError, status } from '../support/fake-upstream.js';
import { oneProvider, type SceneOptions, twoProviders } from '../support/scene.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${PARENT}-00`;

interface Traces {
  readonly options: SceneOptions;
  readonly spans: () => readonly ReadableSpan[];
}

function tracing(options: TracingOptions = {}): Traces {
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  onTestFinished(() => tracerProvider.shutdown());
  return {
    options: { gateway: { tracing: { enabled: true, ...options }, tracerProvider } },
    spans: () => exporter.getFinishedSpans(),
  };
}

const callSpan = (spans: readonly ReadableSpan[]): ReadableSpan => {
  const found = spans.filter(({ kind }) => kind === SpanKind.SERVER);
  expect(found).toHaveLength(1);
  return found[0] as ReadableSpan;
};
const millisecondsOf = ([seconds, nanoseconds]: readonly [number, number]): number => seconds * 1e3 + nanoseconds / 1e6;

describe('traces', () => {
  it('have a span for the call, and one under it for each try', async () => {
    const { options, spans } = tracing();
    const { gateway, upstreams, watch } = await twoProviders({ ...options, provider: { maxRetries: 0 } });
    upstreams[0].next(openAiError(503, 'away'));
    const { headers } = await chat(gateway, { ...CHAT_REQUEST, temperature: 0.5, max_tokens: 9, seed: 3 });
    await watch.allOver();
    const call = callSpan(spans());
    expect(call.name).toBe('chat model');
    expect(call.parentSpanContext).toBeUndefined();
    expect(call.status.code).toBe(SpanStatusCode.UNSET);
    expect(call.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai-compatible',
      'gen_ai.request.model': 'model',
      'gen_ai.request.temperature': 0.5,
      'gen_ai.request.max_tokens': 9,
      'gen_ai.request.seed': 3,
      'gen_ai.response.model': 'model',
      'gen_ai.usage.input_tokens': 11,
      'gen_ai.usage.output_tokens': 7,
      'http.response.status_code': 200,
      'nestgate.request.id': headers['x-request-id'],
      'nestgate.key.name': 'test',
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(upstreams[1].baseUrl).port),
    });
    const tries = spans().filter(({ kind }) => kind === SpanKind.CLIENT);
    expect(tries.map(({ attributes }) => [attributes['nestgate.deployment'], attributes['error.type']])).toEqual([
      ['first/model', expect.any(String)],
      ['second/model', undefined],
    ]);
    expect(tries.map((span) => span.status.code)).toEqual([SpanStatusCode.ERROR, SpanStatusCode.UNSET]);
    for (const one of tries) {
      expect(one.parentSpanContext?.spanId).toBe(call.spanContext().spanId);
      expect(one.spanContext().traceId).toBe(call.spanContext().traceId);
    }
  });

  it('have times that fit into each other', async () => {
    const { options, spans } = tracing();
    const { gateway, upstreams, watch } = await oneProvider({ ...options, provider: { maxRetries: 1 } });
    upstreams[0].next(status(500));
    await chat(gateway);
    await watch.allOver();
    const call = callSpan(spans());
    const [context] = watch.completed;
    expect(millisecondsOf(call.startTime)).toBe(context?.startedAt);
    let before = millisecondsOf(call.startTime);
    for (const one of spans().filter(({ kind }) => kind === SpanKind.CLIENT)) {
      expect(millisecondsOf(one.startTime)).toBeGreaterThanOrEqual(before);
      before = millisecondsOf(one.endTime);
    }
    expect(millisecondsOf(call.endTime)).toBeGreaterThanOrEqual(before);
  });

  it('tell of a stream when it began', async () => {
    const { options, spans } = tracing();
    const { gateway, upstreams, watch } = await oneProvider(options);
    upstreams[0].next(chatStream(['Hello']));
    await chat(gateway, STREAM_REQUEST);
    await watch.allOver();
    expect(callSpan(spans()).events.map(({ name }) => name)).toEqual(['first chunk']);
  });

  it('tell of a call that failed, by its code and no more', async () => {
    const { options, spans } = tracing();
    const { gateway, upstreams, watch } = await oneProvider(options);
    upstreams[0].next(openAiError(400, 'about the prompt'));
    await chat(gateway);
    await watch.allOver();
    const call = callSpan(spans());
    expect(call.status).toEqual({ code: SpanStatusCode.ERROR });
    expect(call.attributes['error.type']).toBe(watch.failed[0]?.error.code);
    expect(
      JSON.stringify(spans().map(({ attributes, events, status: end }) => [attributes, events, end])),
    ).not.toContain('about the prompt');
  });

  it.each([
    ['only where that is switched on', false, undefined],
    ['and its trace goes on', true, { traceId: TRACE, spanId: PARENT, traceFlags: 1, isRemote: true }],
  ])('follow a client’s traceparent %s', async (_name, acceptTraceparent, parent) => {
    const { options, spans } = tracing({ acceptTraceparent });
    const { gateway, watch } = await oneProvider(options);
    await chat(gateway, CHAT_REQUEST, { headers: { traceparent: TRACEPARENT, tracestate: 'theirs=1' } });
    await watch.allOver();
    const call = callSpan(spans());
    expect(call.parentSpanContext).toEqual(parent);
    expect(call.spanContext().traceId === TRACE).toBe(acceptTraceparent);
    expect(call.spanContext().traceState).toBeUndefined();
  });

  it('begin anew where a client’s traceparent is none', async () => {
    const { options, spans } = tracing({ acceptTraceparent: true });
    const { gateway, watch } = await oneProvider(options);
    const zeros = `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`;
    expect((await chat(gateway, CHAT_REQUEST, { headers: { traceparent: zeros } })).status).toBe(200);
    await watch.allOver();
    expect(callSpan(spans()).parentSpanContext).toBeUndefined();
  });

  it.each([
    ['never', {}],
    ['unless switched on', { propagate: true }],
  ])('are told to providers %s', async (_name, options) => {
    const traces = tracing({ acceptTraceparent: true, ...options });
    const { gateway, upstreams, watch } = await oneProvider(traces.options);
    await chat(gateway, CHAT_REQUEST, { headers: { traceparent: TRACEPARENT } });
    await watch.allOver();
    const { traceId, spanId } = callSpan(traces.spans()).spanContext();
    expect(upstreams[0].last.headers['traceparent']).toBe(
      'propagate' in options ? `00-${traceId}-${spanId}-01` : undefined,
    );
  });

  it('are left only where they are switched on', async () => {
    const { options, spans } = tracing({ enabled: false });
    const { gateway, watch } = await oneProvider(options);
    await chat(gateway);
    await watch.allOver();
    expect(spans()).toEqual([]);
  });
});
