import { Injectable } from '@nestjs/common';
import { type GatewayError } from '../errors/gateway-error.js';
import { type CallContext } from '../events/call-context.js';
import { DeploymentGates, type GateOutcome, type GateRefusal } from '../events/deployment-gates.js';
import { CircuitBreakers } from './circuit-breakers.js';
import { type Deployment } from './deployment.js';

const FULL: GateRefusal = { reason: 'bulkhead_full', retryAfter: 1 };

type Entry = GateRefusal | undefined | Promise<GateRefusal | undefined>;

/**
 * Asks everything that may keep a try from a deployment, and tells it what became of the try: the circuit, the places at
 * the provider, and the gates that others have put up.
 */
@Injectable()
export class Gatekeeper {
  constructor(
    private readonly circuits: CircuitBreakers,
    private readonly gates: DeploymentGates,
  ) {}

  /**
   * @param isLastResort there is nowhere else to go: an open circuit does not count then, and a place is waited for.
   * @returns `undefined` where the try may be made: `leave` must be called for it then. A promise only where something
   * has to be waited for.
   */
  enter(call: CallContext, deployment: Deployment, isLastResort: boolean): Entry {
    const refusal = this.circuits.enter(call, deployment);
    if (refusal !== undefined && !isLastResort) return refusal;
    const { bulkhead } = deployment.account;
    if (bulkhead.enter()) return this.gates.all.length === 0 ? undefined : this.ask(call, deployment, 0);
    if (isLastResort) {
      return bulkhead
        .enterLater()
        .then((isAdmitted) => (isAdmitted ? this.ask(call, deployment, 0) : this.full(call, deployment)));
    }
    return this.full(call, deployment);
  }

  /** The provider has begun to answer. @param startedAt when the try began. */
  answered(deployment: Deployment, startedAt: number): void {
    this.circuits.answered(deployment, startedAt);
  }

  /** The try is over, or was not made after all. */
  leave(call: CallContext, deployment: Deployment, outcome: GateOutcome, error?: GatewayError): void {
    deployment.account.bulkhead.leave();
    if (outcome === 'error' && error !== undefined) this.circuits.failed(call, deployment, error);
    else if (outcome === 'ignored') this.circuits.ignored(call, deployment);
    else this.circuits.succeeded(deployment);
    if (this.gates.all.length > 0) this.tell(call, deployment, outcome, this.gates.all.length);
  }

  private full(call: CallContext, deployment: Deployment): GateRefusal {
    this.circuits.ignored(call, deployment);
    return FULL;
  }

  private ask(call: CallContext, deployment: Deployment, first: number): Entry {
    const { all } = this.gates;
    for (let at = first; at < all.length; at++) {
      let said: Entry;
      try {
        said = all[at]?.enter(call, deployment);
      } catch (error) {
        this.takeBack(call, deployment, at);
        throw error;
      }
      if (said instanceof Promise) return this.askAfter(said, call, deployment, at);
      if (said === undefined) continue;
      this.takeBack(call, deployment, at);
      return said;
    }
    return undefined;
  }

  /** Not an async function, which would keep more for every call that waits for its line in the journal. */
  private askAfter(
    said: Promise<GateRefusal | undefined>,
    call: CallContext,
    deployment: Deployment,
    at: number,
  ): Promise<GateRefusal | undefined> {
    return said.then(
      (refusal) => {
        if (refusal === undefined) return this.ask(call, deployment, at + 1);
        this.takeBack(call, deployment, at);
        return refusal;
      },
      (error: unknown) => {
        this.takeBack(call, deployment, at);
        throw error;
      },
    );
  }

  /** What has let the try through already is told that it is not made. */
  private takeBack(call: CallContext, deployment: Deployment, at: number): void {
    deployment.account.bulkhead.leave();
    this.circuits.ignored(call, deployment);
    this.tell(call, deployment, 'ignored', at);
  }

  private tell(call: CallContext, deployment: Deployment, outcome: GateOutcome, count: number): void {
    const { all } = this.gates;
    for (let at = 0; at < count; at++) all[at]?.leave?.(call, deployment, outcome);
  }
}
