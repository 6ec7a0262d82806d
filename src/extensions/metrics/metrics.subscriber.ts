import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CallRefused, ExtensionFailed, GuardrailTriggered } from '../../events/gateway-events.js';
import { GatewayEventBus } from '../../events/gateway-event-bus.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../gateway.settings.js';
import { UsageRecorded } from '../usage-recorded.event.js';
import { AttemptMetrics } from './attempt-metrics.js';
import { CallMetrics } from './call-metrics.js';
import { LabelValues } from './label-values.js';
import { MetricFactory } from './metric-factory.js';
import { MetricsService } from './metrics.service.js';

/** Counts what the event bus tells, where metrics are switched on. */
@Injectable()
export class MetricsSubscriber implements OnModuleInit, OnApplicationShutdown {
  private stop: (() => void)[] = [];

  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: Pick<GatewaySettings, 'observability'>,
    private readonly bus: GatewayEventBus,
    private readonly service: MetricsService,
  ) {}

  onModuleInit(): void {
    const { enabled, keys } = this.settings.observability.metrics;
    if (!enabled) return;
    this.service.start();
    const factory = new MetricFactory(this.service.registry);
    const values = new LabelValues(keys);
    this.stop = [
      this.watchCalls(factory, values),
      this.watchRefusals(factory, values),
      this.watchFailures(factory),
      this.watchGuardrails(factory),
    ];
  }

  onApplicationShutdown(): void {
    for (const stop of this.stop) stop();
  }

  private watchCalls(factory: MetricFactory, values: LabelValues): () => void {
    const calls = new CallMetrics(factory, values);
    const attempts = new AttemptMetrics(factory, values);
    const given = factory.counter('extension_answers_total', 'Calls that an extension answered.', ['extension']);
    return this.bus.on(UsageRecorded, ({ call, record }) => {
      calls.count(call, record);
      attempts.count(call);
      if (record.answeredBy !== null) given.inc({ extension: record.answeredBy });
    });
  }

  private watchRefusals(factory: MetricFactory, values: LabelValues): () => void {
    const refusals = factory.counter('refusals_total', 'Requests that an extension refused.', [
      'operation',
      'error_type',
    ]);
    return this.bus.on(CallRefused, ({ call, error }) =>
      refusals.inc({ operation: call.operation.name, error_type: values.errorType(error.code ?? error.type) }),
    );
  }

  private watchFailures(factory: MetricFactory): () => void {
    const failures = factory.counter(
      'extension_failures_total',
      'Hooks that failed, which is not the same as refusing.',
      ['extension', 'hook'],
    );
    return this.bus.on(ExtensionFailed, ({ extension, hook }) => failures.inc({ extension, hook }));
  }

  private watchGuardrails(factory: MetricFactory): () => void {
    const findings = factory.counter('guardrail_findings_total', 'What guardrails have found.', [
      'guardrail',
      'side',
      'action',
    ]);
    // What was found is for a webhook to name, and so without bounds: it is no label.
    return this.bus.on(GuardrailTriggered, ({ guardrail, side, action, kinds }) => {
      for (const count of kinds.values()) findings.inc({ guardrail, side, action }, count);
    });
  }
}
