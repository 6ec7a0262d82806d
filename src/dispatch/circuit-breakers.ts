import { Injectable } from '@nestjs/common';
import { type GatewayError } from '../errors/gateway-error.js';
import { type AttemptTarget } from '../events/attempt.js';
import { type CallContext } from '../events/call-context.js';
import { type GateRefusal } from '../events/deployment-gates.js';
import { CircuitClosed, CircuitOpened } from '../events/gateway-events.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { Circuit } from './circuit.js';
import { type Deployment } from './deployment.js';
import { type ProviderAccount } from './provider-account.js';

/** Clients choose the models of a provider that was given none, so that there is no end to the deployments. */
const MAX_REMEMBERED = 10_000;

export interface CircuitState {
  readonly target: AttemptTarget;
  readonly state: 'closed' | 'open' | 'half_open';
}

/**
 * The circuits of the deployments that something has gone wrong with lately. The others have none: as long as all is
 * well, this costs nothing.
 */
@Injectable()
export class CircuitBreakers {
  private readonly circuits = new Map<string, { readonly circuit: Circuit; readonly target: Deployment }>();
  /** Of providers that others are in the place of. */
  private readonly gone = new WeakSet<ProviderAccount>();

  constructor(private readonly bus: GatewayEventBus) {}

  /** Of the deployments that something has gone wrong with lately; all others are closed. */
  states(): CircuitState[] {
    const now = performance.now();
    return [...this.circuits.values()].map(({ circuit, target }) => ({
      target,
      state: circuit.isHalfOpen(now) ? 'half_open' : circuit.isOpen ? 'open' : 'closed',
    }));
  }

  isOpen(target: Deployment): boolean {
    return this.circuitOf(target)?.isOpen === true;
  }

  /** @returns `undefined` where the try may be made, perhaps as a probe. */
  enter(call: CallContext, target: Deployment): GateRefusal | undefined {
    const circuit = this.circuitOf(target);
    if (circuit?.isOpen !== true) return undefined;
    const now = performance.now();
    if (circuit.admits(call, now)) return undefined;
    return { reason: 'circuit_open', retryAfter: Math.max(circuit.remaining(now), 1_000) / 1_000 };
  }

  /** The first of an answer has come: nobody who waits has to wait for its end. @param startedAt when the try began. */
  answered(target: Deployment, startedAt: number): void {
    if (this.circuitOf(target)?.answered(startedAt) === true) this.bus.emit(new CircuitClosed(target));
  }

  succeeded(target: Deployment): void {
    const circuit = this.circuitOf(target);
    if (circuit === undefined) return;
    circuit.succeeded();
    if (circuit.isQuiet(performance.now())) this.circuits.delete(target.id);
  }

  failed(call: CallContext, target: Deployment, error: GatewayError): void {
    if (this.gone.has(target.account)) return;
    const now = performance.now();
    const circuit = this.circuitOf(target) ?? this.remember(target, now);
    if (circuit.failed(call, now)) this.bus.emit(new CircuitOpened(target, circuit.openFor, error));
  }

  ignored(call: CallContext, target: Deployment): void {
    this.circuitOf(target)?.ignored(call);
  }

  /** What has gone wrong at a provider, or goes wrong there yet, says nothing of what is in its place now. */
  forget(account: ProviderAccount): void {
    this.gone.add(account);
    for (const [id, { target }] of this.circuits) if (target.account === account) this.circuits.delete(id);
  }

  private circuitOf({ id, account }: Deployment): Circuit | undefined {
    const known = this.circuits.get(id);
    return known?.target.account === account ? known.circuit : undefined;
  }

  private remember(target: Deployment, now: number): Circuit {
    const [oldest] = this.circuits.size < MAX_REMEMBERED ? [] : this.circuits.keys();
    if (oldest !== undefined) this.circuits.delete(oldest);
    const circuit = new Circuit(now);
    this.circuits.set(target.id, { circuit, target });
    return circuit;
  }
}
