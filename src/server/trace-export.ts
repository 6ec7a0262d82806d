import { type TracerProvider } from '@opentelemetry/api';
import { assertInstalled } from '../providers/optional-package.js';
import { BoundedSpanQueue } from './bounded-span-queue.js';

const PACKAGES = [
  '@opentelemetry/sdk-trace-base',
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/resources',
];

const EXPORT_TIMEOUT_MS = 10_000;
const SHUTDOWN_MS = 5_000;

/** Where spans are sent. */
export interface TraceDestination {
  readonly url: string;
  readonly serviceName: string;
}

/** OpenTelemetry's SDK, sending spans in batches by OTLP over HTTP. Whoever receives them may be away: nobody waits. */
export class TraceExport {
  private constructor(
    readonly tracerProvider: TracerProvider & { shutdown(): Promise<void> },
    private readonly queue: BoundedSpanQueue,
  ) {}

  /**
   * @param sampling the share of traces that is kept.
   * @throws ConfigurationError where the packages are not installed.
   */
  static async start({ url, serviceName }: TraceDestination, sampling: number): Promise<TraceExport> {
    for (const name of PACKAGES) {
      assertInstalled(name, 'OTEL_EXPORTER_OTLP_ENDPOINT', 'sends traces', 'unset it');
    }
    const [sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
    const exporter = new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS });
    const queue = new BoundedSpanQueue(
      exporter,
      (counted, size) =>
        new sdk.BatchSpanProcessor(counted, { maxQueueSize: size, exportTimeoutMillis: EXPORT_TIMEOUT_MS }),
    );
    const tracerProvider = new sdk.BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.name': serviceName }),
      sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(sampling) }),
      spanProcessors: [queue],
    });
    return new TraceExport(tracerProvider, queue);
  }

  get dropped(): number {
    return this.queue.dropped;
  }

  /** Sends what is left, for a while. @param patience milliseconds. */
  async shutdown(patience = SHUTDOWN_MS): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, patience)));
    await Promise.race([this.tracerProvider.shutdown().catch(() => undefined), late]);
    clearTimeout(timer);
    this.queue.giveUp();
  }
}
