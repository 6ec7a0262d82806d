import { Injectable } from '@nestjs/common';
import { type AttemptTarget } from './attempt.js';
import { type CallContext } from './call-context.js';

/** Why a try must not be made at a deployment now. */
export interface GateRefusal {
  /** For the usage record, among the tries: `rate_limited`, `circuit_open`, `bulkhead_full`, … */
  readonly reason: string;
  /** Seconds after which it may be made, where that is known. */
  readonly retryAfter?: number;
}

/** What became of a try that was let through; `ignored` where it says nothing of the deployment, or was not made. */
export type GateOutcome = 'success' | 'error' | 'ignored';

/**
 * Keeps tries from a deployment. Asked before each try, also before one again at the same deployment; where it refuses,
 * the call goes on to the next deployment. A call has one try at a time.
 */
export interface DeploymentGate {
  /**
   * A promise only where it cannot be told without: it is waited for.
   * @returns `undefined` to let the try through.
   */
  enter(call: CallContext, target: AttemptTarget): GateRefusal | undefined | Promise<GateRefusal | undefined>;
  /** The try is over, or was not made after all: told once for each that was let through. */
  leave?(call: CallContext, target: AttemptTarget, outcome: GateOutcome): void;
}

/** The gates before the deployments, beyond those that dispatch has of its own. Asked in the order of their coming. */
@Injectable()
export class DeploymentGates {
  private readonly added: DeploymentGate[] = [];

  get all(): readonly DeploymentGate[] {
    return this.added;
  }

  add(gate: DeploymentGate): void {
    this.added.push(gate);
  }
}
