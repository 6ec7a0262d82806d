import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit, Optional } from '@nestjs/common';
import {
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import { type Attempt } from '../../events/attempt.js';
import { type CallContext } from '../../events/call-context.js';
import { CallAdmitted, CallRefused } from '../../events/gateway-events.js';
import { GatewayEventBus } from '../../events/gateway-event-bus.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../gateway.settings.js';
import { RoutingSettings } from '../../routing.settings.js';
import { type UsageRecord } from '../usage-record.js';
import { UsageRecorded } from '../usage-recorded.event.js';
import {
  attemptAttributes,
  MAX_MODEL_LENGTH,
  ProviderAttributes,
  recordAttributes,
  requestAttributes,
} from './span-attributes.js';
import { remoteParent, traceparentOf } from './traceparent.js';

/** Whose tracers are used, in place of those registered with OpenTelemetry's API. */
export const TRACER_PROVIDER = Symbol('TRACER_PROVIDER');

/**
 * Leaves a span for each call, and under it one for each try, where tracing is switched on. By OpenTelemetry's API alone:
 * where they go is the host's business. Never with what was asked or answered.
 */
@Injectable()
export class TracingSubscriber implements OnModuleInit, OnApplicationShutdown {
  private readonly spans = new WeakMap<CallContext, Span>();
  private providers: ProviderAttributes;
  private stop: (() => void)[] = [];

  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: Pick<GatewaySettings, 'observability'>,
    routing: RoutingSettings,
    private readonly bus: GatewayEventBus,
    @Optional() @Inject(TRACER_PROVIDER) private readonly provider: TracerProvider | null = null,
  ) {
    this.providers = new ProviderAttributes(routing.providers);
    routing.on(() => (this.providers = new ProviderAttributes(routing.providers)));
  }

  onModuleInit(): void {
    if (!this.settings.observability.tracing.enabled) return;
    const tracer = (this.provider ?? trace).getTracer('nestgate');
    this.stop = [
      this.bus.on(CallAdmitted, ({ call }) => this.begin(tracer, call)),
      this.bus.on(UsageRecorded, ({ call, record }) => this.end(tracer, call, record)),
      this.bus.on(CallRefused, ({ call, error }) => {
        const span = this.begin(tracer, call);
        span.setAttribute('error.type', error.code ?? error.type);
        span.setAttribute('http.response.status_code', error.status);
        span.setStatus({ code: SpanStatusCode.ERROR });
        span.end(timeOf(call, performance.now()));
      }),
    ];
  }

  onApplicationShutdown(): void {
    for (const stop of this.stop) stop();
  }

  private begin(tracer: Tracer, call: CallContext): Span {
    const { propagate } = this.settings.observability.tracing;
    const span = tracer.startSpan(
      `${call.operation.name} ${call.requestModel.slice(0, MAX_MODEL_LENGTH)}`,
      { kind: SpanKind.SERVER, startTime: call.startedAt, attributes: requestAttributes(call) },
      this.parentOf(call),
    );
    this.spans.set(call, span);
    if (propagate) call.traceparent = traceparentOf(span.spanContext());
    return span;
  }

  /** What the host traces itself goes before what the client says. */
  private parentOf(call: CallContext): Context {
    const { acceptTraceparent, sampling } = this.settings.observability.tracing;
    const active = context.active();
    if (!acceptTraceparent || trace.getSpanContext(active) !== undefined) return active;
    const parent = remoteParent(call.headers['traceparent'], sampling);
    return parent === undefined ? active : trace.setSpanContext(active, parent);
  }

  private end(tracer: Tracer, call: CallContext, record: UsageRecord): void {
    const span = this.spans.get(call);
    if (span?.isRecording() !== true) return;
    const parent = trace.setSpan(ROOT_CONTEXT, span);
    for (const [at, attempt] of call.attempts.entries()) this.traceAttempt(tracer, parent, call, attempt, at + 1);
    if (record.provider !== null) span.setAttributes(this.providers.of(record.provider));
    span.setAttributes(recordAttributes(record));
    if (call.firstChunkMs !== null) span.addEvent('first chunk', call.startedAt + call.firstChunkMs);
    // A client that left is no error of this server's.
    if (record.status === 'failed') span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(timeOf(call, performance.now()));
  }

  /** Made when it is all over: until then nobody would see it anyway. */
  private traceAttempt(tracer: Tracer, parent: Context, call: CallContext, attempt: Attempt, number: number): void {
    const { target, startedAt, durationMs, error } = attempt;
    const attributes = { ...this.providers.of(target.providerName), ...attemptAttributes(call, attempt, number) };
    const span = tracer.startSpan(
      `${call.operation.name} ${target.upstreamModel}`,
      { kind: SpanKind.CLIENT, startTime: timeOf(call, startedAt), attributes },
      parent,
    );
    if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(timeOf(call, startedAt + durationMs));
  }
}

/** Milliseconds since 1970 of a moment of the monotonic clock, so that the spans of a call fit into each other. */
function timeOf({ startedAt, startedAtMonotonic }: CallContext, monotonic: number): number {
  return startedAt + (monotonic - startedAtMonotonic);
}
