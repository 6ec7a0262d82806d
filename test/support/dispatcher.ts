import { AttemptRunner } from '../../src/dispatch/attempt-runner.js';
import { CircuitBreakers } from '../../src/dispatch/circuit-breakers.js';
import { Deadlines } from '../../src/upstream/deadlines.js';
import { type Deployment } from '../../src/dispatch/deployment.js';
import { DeploymentTries } from '../../src/dispatch/deployment-tries.js';
import { DispatchService } from '../../src/dispatch/dispatch.service.js';
import { Gatekeeper } from '../../src/dispatch/gatekeeper.js';
import { ModelRouter } from '../../src/dispatch/model-router.js';
import { DeploymentGates } from '../../src/events/deployment-gates.js';
import { AttemptFailed, CircuitClosed, CircuitOpened } from '../../src/events/gateway-events.js';
import { GatewayEventBus } from '../../src/events/gateway-event-bus.js';
import { keyDigests } from '../../src/auth/api-key.js';
import { type GatewaySettings, resolveSettings } from '../../src/gateway.settings.js';

/** All that dispatches calls, without Nest, before these deployments of the model `m`, and what it tells. */
export function dispatcher(deployments: readonly Deployment[], changes: Partial<GatewaySettings> = {}) {
  const router = new ModelRouter();
  router.replace({ models: new Map([['m', deployments]]), aliases: new Map(), open: new Map() });
  const bus = new GatewayEventBus();
  const failures: AttemptFailed[] = [];
  const opened: CircuitOpened[] = [];
  const closed: CircuitClosed[] = [];
  bus.on(AttemptFailed, (event) => failures.push(event));
  bus.on(CircuitOpened, (event) => opened.push(event));
  bus.on(CircuitClosed, (event) => closed.push(event));
  const gates = new DeploymentGates();
  const circuits = new CircuitBreakers(bus);
  const gatekeeper = new Gatekeeper(circuits, gates);
  const settings = { ...resolveSettings({}, keyDigests(Buffer.alloc(32))), ...changes };
  const deadlines = new Deadlines();
  const attempts = new AttemptRunner(settings, gatekeeper, bus, deadlines);
  const tries = new DeploymentTries(settings, circuits, gatekeeper, attempts, bus);
  const service = new DispatchService(settings, router, tries);
  return { service, gates, deadlines, failures, opened, closed };
}
