import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { GatewayEventBus } from '../../events/gateway-event-bus.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../gateway.settings.js';
import { UsageRecorded } from '../usage-recorded.event.js';
import { AttemptMetrics } from './attempt-metrics.js';
import { CallMetrics } from './call-metrics.js';
import { countEvents } from './event-metrics.js';
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
    this.stop = [this.watchCalls(factory, values), ...countEvents(this.bus, factory, values)];
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
}
