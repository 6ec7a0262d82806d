import { Inject, Injectable, Optional } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { GatewayEventBus } from '../../events/gateway-event-bus.js';
import { MetricsRead, READINGS, type ReadingName } from '../../events/metrics-read.js';
import { METRIC_PREFIX } from './metric-factory.js';
import { processRegistry } from './process-metrics.js';

/** A registry of the host's, in place of the gateway's own. */
export const METRICS_REGISTRY = Symbol('METRICS_REGISTRY');

type ReadingMetric = Gauge | Counter;

/**
 * The metrics of one gateway. Where the host gave no registry they are in one of the gateway's own.
 * @publicApi
 */
@Injectable()
export class MetricsService {
  /** Where other metrics can be added. */
  readonly registry: Registry;
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  private readonly isOwn: boolean;
  private readonly readings = new Map<ReadingName, ReadingMetric>();

  constructor(
    private readonly bus: GatewayEventBus,
    @Optional() @Inject(METRICS_REGISTRY) registry: Registry | null = null,
  ) {
    this.registry = registry ?? new Registry();
    this.isOwn = registry === null;
  }

  /** Begins to watch: until then there is nothing to render. */
  start(): void {
    if (this.isOwn) processRegistry();
    // prom-client asks the metrics in the order in which they were made: the first one fills in all of them.
    let collect: (() => void) | undefined = () => this.read();
    for (const [name, definition] of Object.entries(READINGS)) {
      const configuration = {
        name: METRIC_PREFIX + name,
        help: definition.help,
        labelNames: definition.labels,
        registers: [this.registry],
        ...(collect && { collect }),
      };
      const metric = definition.kind === 'gauge' ? new Gauge(configuration) : new Counter(configuration);
      this.readings.set(name as ReadingName, metric);
      collect = undefined;
    }
  }

  /** In Prometheus's text format, with what is known of the process where the registry is the gateway's own. */
  async render(): Promise<string> {
    const own = await this.registry.metrics();
    return this.isOwn && this.readings.size > 0 ? own + (await processRegistry().metrics()) : own;
  }

  /** The same as prom-client hands them on to other processes. */
  async toJson(): Promise<object[]> {
    const own = await this.registry.getMetricsAsJSON();
    return this.isOwn && this.readings.size > 0 ? [...own, ...(await processRegistry().getMetricsAsJSON())] : own;
  }

  private read(): void {
    for (const metric of this.readings.values()) metric.reset();
    const event = new MetricsRead();
    this.bus.emit(event);
    for (const { name, value, labels } of event.readings) this.readings.get(name)?.inc(labels, value);
  }
}
