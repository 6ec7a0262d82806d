import { type GatewayOptions } from './gateway.options.js';
import {
  type AuditOptions,
  type LoggingOptions,
  type MetricsOptions,
  type TracingOptions,
} from './observability.options.js';

/** What is told of calls, with every default filled in. */
export interface ObservabilitySettings {
  readonly logging: Readonly<Required<LoggingOptions>>;
  readonly metrics: Readonly<Required<MetricsOptions>>;
  readonly tracing: Readonly<Required<TracingOptions>>;
  readonly audit: AuditSettings;
}

export interface AuditSettings extends Readonly<Required<Omit<AuditOptions, 'sink' | 'file'>>> {
  readonly sink: 'file' | 'database' | undefined;
  readonly file: string | undefined;
}

export function resolveObservability(options: GatewayOptions): ObservabilitySettings {
  const { logging = {}, metrics = {}, tracing = {}, audit = {} } = options;
  return {
    logging: { calls: logging.calls ?? false },
    metrics: { enabled: metrics.enabled ?? false, keys: metrics.keys ?? 0 },
    tracing: {
      enabled: tracing.enabled ?? false,
      sampling: tracing.sampling ?? 1,
      acceptTraceparent: tracing.acceptTraceparent ?? false,
      propagate: tracing.propagate ?? false,
    },
    audit: {
      sink: audit.sink,
      file: audit.file,
      bodies: audit.bodies ?? false,
      bodyBytes: audit.bodyBytes ?? 16 * 1024,
      redactFields: audit.redactFields ?? [],
      redactPersonalData: audit.redactPersonalData ?? true,
    },
  };
}
