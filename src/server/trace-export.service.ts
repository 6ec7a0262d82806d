import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { MetricsRead } from '../events/metrics-read.js';
import { TraceExport } from './trace-export.js';

/** Ends the export of traces with the application, and tells how many spans were dropped. */
@Injectable()
export class TraceExportService implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly bus: GatewayEventBus,
    private readonly traces: TraceExport,
  ) {}

  onModuleInit(): void {
    this.bus.on(MetricsRead, (read) => read.tell('trace_spans_dropped_total', this.traces.dropped));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.traces.shutdown();
  }
}
