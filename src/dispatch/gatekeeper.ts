import { Injectable } from '@nestjs/common';
import { type CallContext } from '../events/call-context.js';
import { DeploymentGates, type GateOutcome, type GateRefusal } from '../events/deployment-gates.js';
import { type Deployment } from './deployment.js';

/** Asks everything that may keep a try from a deployment, and tells it what became of the try. */
@Injectable()
export class Gatekeeper {
  constructor(private readonly gates: DeploymentGates) {}

  /**
   * @returns `undefined` where the try may be made: `leave` must be told of it then. A promise only where a gate gave
   * one.
   */
  enter(call: CallContext, deployment: Deployment): GateRefusal | undefined | Promise<GateRefusal | undefined> {
    return this.gates.all.length === 0 ? undefined : this.ask(call, deployment, 0);
  }

  leave(call: CallContext, deployment: Deployment, outcome: GateOutcome): void {
    this.tell(call, deployment, outcome, this.gates.all.length);
  }

  private ask(
    call: CallContext,
    deployment: Deployment,
    first: number,
  ): GateRefusal | undefined | Promise<GateRefusal | undefined> {
    const { all } = this.gates;
    for (let at = first; at < all.length; at++) {
      const said = all[at]?.enter(call, deployment);
      if (said instanceof Promise) {
        return said.then(
          (refusal) => this.refused(call, deployment, at, refusal) ?? this.ask(call, deployment, at + 1),
        );
      }
      if (said !== undefined) return this.refused(call, deployment, at, said);
    }
    return undefined;
  }

  /** Those before the one that refuses have let the try through. */
  private refused(
    call: CallContext,
    deployment: Deployment,
    at: number,
    refusal: GateRefusal | undefined,
  ): GateRefusal | undefined {
    if (refusal !== undefined) this.tell(call, deployment, 'ignored', at);
    return refusal;
  }

  private tell(call: CallContext, deployment: Deployment, outcome: GateOutcome, count: number): void {
    for (const gate of this.gates.all.slice(0, count)) gate.leave?.(call, deployment, outcome);
  }
}
