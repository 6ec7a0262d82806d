import { Inject, Injectable } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import { type CallContext } from '../events/call-context.js';
import { type GateRefusal } from '../events/deployment-gates.js';
import { ProviderKeySetAside } from '../events/gateway-events.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../gateway.settings.js';
import { AttemptRunner, type DispatchResult } from './attempt-runner.js';
import { millisecondsLeft, SHORTEST_TRY } from './call-time.js';
import { CircuitBreakers } from './circuit-breakers.js';
import { type Deployment } from './deployment.js';
import { keyTrouble } from './failures.js';
import { Gatekeeper } from './gatekeeper.js';
import { type KeySlot } from './key-ring.js';
import { isRetryable, retryPause } from './retry-policy.js';

/** What came of a call at one deployment: an answer, the error of the last try, or nothing, since it was closed. */
export type TriesOutcome =
  { readonly result: DispatchResult } | { readonly error: GatewayError } | { readonly refusal: GateRefusal };

/** OpenAI's clients say with it how often they have sent the request before. */
const CLIENT_RETRIES_HEADER = 'x-stainless-retry-count';

/** Tries a call at one deployment: again while that may help, and with each of its keys while the key is the trouble. */
@Injectable()
export class DeploymentTries {
  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: GatewaySettings,
    private readonly circuits: CircuitBreakers,
    private readonly gatekeeper: Gatekeeper,
    private readonly attempts: AttemptRunner,
    private readonly bus: GatewayEventBus,
  ) {}

  /**
   * @param isLastResort there is nowhere else to go: a deployment that is not well is tried all the same, but once.
   * @throws GatewayError where the call was given up.
   */
  async make(call: CallContext, deployment: Deployment, isLastResort: boolean): Promise<TriesOutcome> {
    const retries = isLastResort ? 0 : retriesOf(call, deployment);
    const { retryBudget } = deployment.account;
    let last: { readonly error: GatewayError } | undefined;
    for (let retry = 0; ; retry++) {
      const outcome = await this.tryKeys(call, deployment, isLastResort, retry > 0);
      // Closed meanwhile: what it failed with before says more.
      if ('refusal' in outcome) return last ?? outcome;
      if (retry === 0) retryBudget.earn();
      if ('result' in outcome) return outcome;
      last = outcome;
      const { error } = outcome;
      if (retry >= retries || !isRetryable(error) || this.circuits.isOpen(deployment)) return outcome;
      if ((error.retryAfter ?? 0) * 1000 > this.settings.retryAfter) return outcome;
      const milliseconds = retryPause(retry, error.retryAfter);
      if (milliseconds + SHORTEST_TRY > millisecondsLeft(call, this.settings)) return outcome;
      if (!retryBudget.spend()) return outcome;
      await call.cancellation.sleep(milliseconds);
    }
  }

  /** One try, and at once another with the next key where the provider does not take the one it came with. */
  private async tryKeys(
    call: CallContext,
    deployment: Deployment,
    isLastResort: boolean,
    hasWaited: boolean,
  ): Promise<TriesOutcome> {
    const { keys } = deployment.account;
    const { upstreamModel } = deployment;
    let failed: { readonly error: GatewayError } | undefined;
    let spent: KeySlot[] | undefined;
    let forbidden: KeySlot[] | undefined;
    for (;;) {
      let key = keys.choose(upstreamModel, spent);
      if (key === undefined) {
        if (failed !== undefined) return failed;
        // One that has waited as long as it was asked to goes on.
        if (hasWaited || isLastResort) key = keys.leastBad(upstreamModel, hasWaited);
        if (key === undefined) return { refusal: keys.refusal(upstreamModel) };
      }
      const entry = this.gatekeeper.enter(call, deployment, isLastResort);
      const refusal = entry instanceof Promise ? await entry : entry;
      if (refusal !== undefined) return failed ?? { refusal };
      if (call.cancellation.cancelled) {
        this.gatekeeper.leave(call, deployment, 'ignored');
        throw GatewayError.from(call.cancellation.reason);
      }
      try {
        const result = await this.attempts.run(call, deployment, key);
        if (!key.isUntroubled) key.accept();
        // Forbidden to one key and not to another: it was the key, and not the request.
        if (forbidden !== undefined) this.setAside(deployment, forbidden);
        return { result };
      } catch (thrown) {
        failed = { error: GatewayError.from(thrown) };
      }
      // Also where the try failed by itself just before: nobody waits for what it failed with.
      if (call.cancellation.cancelled) throw GatewayError.from(call.cancellation.reason);
      const { error } = failed;
      const trouble = keyTrouble(error);
      const { retryAfter = 0 } = error;
      if (trouble === 'forbidden') (forbidden ??= []).push(key);
      if (trouble === 'refused') this.setAside(deployment, [key]);
      if (trouble === 'limited' && (keys.hasSeveral || retryAfter > 0)) key.limit(upstreamModel, retryAfter);
      if (trouble === undefined || !keys.hasSeveral) return failed;
      (spent ??= []).push(key);
      if (millisecondsLeft(call, this.settings) < SHORTEST_TRY) return failed;
    }
  }

  private setAside({ providerName }: Deployment, keys: readonly KeySlot[]): void {
    for (const key of keys) {
      key.refuse();
      this.bus.emit(new ProviderKeySetAside(providerName, key.index));
    }
  }
}

function retriesOf({ operation, headers }: CallContext, { maxRetries }: Deployment): number {
  // A client that comes again already gets no retries within its retries.
  const isRetriedByClient = Number(headers[CLIENT_RETRIES_HEADER] ?? 0) > 0;
  return operation.isRetried && !isRetriedByClient ? maxRetries : 0;
}
