import {
  CallRefused,
  CircuitOpened,
  ExtensionFailed,
  GuardrailTriggered,
  ProviderKeySetAside,
} from '../../events/gateway-events.js';
import { type GatewayEventBus } from '../../events/gateway-event-bus.js';
import { BudgetThresholdReached } from '../budget-threshold-reached.event.js';
import { type LabelValues } from './label-values.js';
import { type MetricFactory } from './metric-factory.js';

/** Counts what is rare. @returns the ways to stop. */
export function countEvents(bus: GatewayEventBus, factory: MetricFactory, values: LabelValues): (() => void)[] {
  const target = ['model', 'provider'];
  const refusals = factory.counter('refusals_total', 'Requests that an extension refused.', [
    'operation',
    'error_type',
  ]);
  const failures = factory.counter(
    'extension_failures_total',
    'Hooks that failed, which is not the same as refusing.',
    ['extension', 'hook'],
  );
  const circuits = factory.counter('circuit_openings_total', 'Deployments that failed too often.', target);
  const keys = factory.counter('provider_keys_set_aside_total', 'Keys that a provider did not take.', ['provider']);
  const findings = factory.counter('guardrail_findings_total', 'What guardrails have found.', [
    'guardrail',
    'side',
    'action',
  ]);
  const budgets = factory.counter('budget_thresholds_total', 'Thresholds of budgets that were reached.', [
    'budget',
    'threshold',
  ]);
  return [
    bus.on(CallRefused, ({ call, error }) =>
      refusals.inc({ operation: call.operation.name, error_type: values.errorType(error.code ?? error.type) }),
    ),
    bus.on(ExtensionFailed, ({ extension, hook }) => failures.inc({ extension, hook })),
    bus.on(CircuitOpened, (event) =>
      circuits.inc({ model: values.model(event.target), provider: event.target.providerName }),
    ),
    bus.on(ProviderKeySetAside, ({ providerName }) => keys.inc({ provider: providerName })),
    // What was found is for a webhook to name, and so without bounds: it is no label.
    bus.on(GuardrailTriggered, ({ guardrail, side, action, kinds }) => {
      for (const count of kinds.values()) findings.inc({ guardrail, side, action }, count);
    }),
    bus.on(BudgetThresholdReached, ({ alert }) =>
      budgets.inc({ budget: values.budget(alert.budget), threshold: String(alert.threshold) }),
    ),
  ];
}
