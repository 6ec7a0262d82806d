import { type GatewayOptions } from './gateway.options.js';

/** What is told of calls, with every default filled in. */
export interface ObservabilitySettings {
  readonly logging: { readonly calls: boolean };
  readonly metrics: { readonly enabled: boolean; readonly keys: number };
}

export function resolveObservability({ logging = {}, metrics = {} }: GatewayOptions): ObservabilitySettings {
  return {
    logging: { calls: logging.calls ?? false },
    metrics: { enabled: metrics.enabled ?? false, keys: metrics.keys ?? 0 },
  };
}
