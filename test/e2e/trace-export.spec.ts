import { trace } from '@opentelemetry/api';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MetricsRead } from '../../src/events/metrics-read.js';
import { GatewayEventBus } from '../../src/events/gateway-event-bus.js';
import { TraceExport } from '../../src/server/trace-export.js';
import { TraceExportService } from '../../src/server/trace-export.service.js';
import { chat } from '../support/chat-client.js';
import { freePort } from '../support/free-port.js';
import { OtlpReceiver } from '../support/otlp-receiver.js';
import { oneProvider } from '../support/scene.js';

async function receiver(): Promise<OtlpReceiver> {
  const started = await OtlpReceiver.start();
  onTestFinished(() => started.close());
  return started;
}

const start = (url: string, sampling = 1): Promise<TraceExport> =>
  TraceExport.start({ url, serviceName: 'our-gateway' }, sampling);

function leaveSpans({ tracerProvider }: TraceExport, count: number): void {
  const tracer = tracerProvider.getTracer('test');
  for (let at = 0; at < count; at++) tracer.startSpan(`span ${at}`).end();
}

describe('the export of traces', () => {
  it('brings the spans of calls to a receiver of OTLP', async () => {
    const to = await receiver();
    const traces = await start(to.url);
    const { gateway, watch } = await oneProvider({
      gateway: { tracing: { enabled: true }, tracerProvider: traces.tracerProvider },
    });
    await chat(gateway);
    await watch.allOver();
    await traces.shutdown();
    expect(to.spans.map(({ name }) => name).sort()).toEqual(['chat model', 'chat model']);
    const [call, attempt] = [...to.spans].sort((a, b) => Number('parentSpanId' in a) - Number('parentSpanId' in b));
    expect(attempt?.parentSpanId).toBe(call?.spanId);
    expect(call?.attributes).toContainEqual({ key: 'gen_ai.operation.name', value: { stringValue: 'chat' } });
    expect(to.bodies.join('')).toContain('our-gateway');
    // What a host has registered with OpenTelemetry is left alone.
    expect(trace.getTracerProvider().constructor.name).not.toBe('BasicTracerProvider');
  });

  it('sends the share that is to be kept', async () => {
    const to = await receiver();
    const traces = await start(to.url, 0);
    leaveSpans(traces, 10);
    await traces.shutdown();
    expect([to.bodies, traces.dropped]).toEqual([[], 0]);
  });

  it('counts what nobody takes, and harms no call', async () => {
    const traces = await start(`http://127.0.0.1:${await freePort()}/v1/traces`);
    const { gateway, watch } = await oneProvider({
      gateway: { tracing: { enabled: true }, tracerProvider: traces.tracerProvider },
    });
    const bus = gateway.app.get(GatewayEventBus, { strict: false });
    new TraceExportService(bus, traces).onModuleInit();
    expect((await chat(gateway)).status).toBe(200);
    await watch.allOver();
    // The exporter would go on trying.
    await traces.shutdown(100);
    const read = new MetricsRead();
    bus.emit(read);
    expect(read.readings).toContainEqual({ name: 'trace_spans_dropped_total', value: 2, labels: {} });
  });

  it('counts what a receiver refuses', async () => {
    const to = await receiver();
    to.answer = (response) => void response.writeHead(400).end();
    const traces = await start(to.url);
    leaveSpans(traces, 3);
    await traces.shutdown();
    expect([to.spans.length, traces.dropped]).toEqual([3, 3]);
  });

  it('keeps no more waiting than it must while a receiver hangs', async () => {
    const to = await receiver();
    const held: (() => void)[] = [];
    to.answer = (response) => void held.push(() => response.end('{}'));
    const traces = await start(to.url);
    leaveSpans(traces, 5_000);
    expect(traces.dropped).toBe(5_000 - 4_096);
    await to.waitFor(() => held.length > 0);
    to.answer = (response) => void response.end('{}');
    for (const go of held) go();
    await traces.shutdown();
    expect(to.spans.length).toBe(4_096);
    expect(traces.dropped).toBe(5_000 - 4_096);
  });
});
