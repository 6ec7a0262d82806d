import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit, Optional } from '@nestjs/common';
import { tenantOf } from '../../auth/tenant.js';
import { ConfigurationError } from '../../errors/configuration-error.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { type CallAnswer } from '../../events/call-answer.js';
import { type CallContext } from '../../events/call-context.js';
import { CallCompleted, CallFailed, CallRefused } from '../../events/gateway-events.js';
import { GatewayEventBus } from '../../events/gateway-event-bus.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../gateway.settings.js';
import { sizeOf } from '../../protocol/pieced-answer.js';
import { Extension, type GatewayExtension } from '../gateway-extension.interface.js';
import { AnswerSeal } from './answer-seal.js';
import { type Claim, type FoundClaim, IdempotencyRepository } from './idempotency.repository.js';
import { claimId, fingerprintOf, HEADER, readKey } from './idempotency-key.js';
import { RunningClaims } from './running-claims.js';

const SWEEP_MS = 60_000;
const SWEEP_BATCH = 1_000;

/**
 * A request with an `Idempotency-Key` is sent to a provider once: sent again, it gets the answer of the first time, or is
 * told why it cannot.
 */
@Injectable()
@Extension({ name: 'idempotency', order: -300 })
export class IdempotencyExtension implements GatewayExtension, OnModuleInit, OnApplicationShutdown {
  /** Not there where it is switched off. */
  readonly onRequest?: (call: CallContext) => Promise<CallAnswer | undefined> | undefined;

  private readonly logger = new Logger('Idempotency');
  private readonly claims: RunningClaims | undefined;
  private sweeping: NodeJS.Timeout | undefined;

  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: Pick<GatewaySettings, 'idempotency'>,
    private readonly seal: AnswerSeal,
    private readonly bus: GatewayEventBus,
    @Optional() private readonly repository?: IdempotencyRepository,
  ) {
    const { enabled } = settings.idempotency;
    if (enabled === false) return;
    if (repository === undefined) {
      if (enabled === undefined) return;
      const remedy = 'export IdempotencyRepository from the storage module, or take the setting out';
      throw new ConfigurationError('idempotency.enabled', 'is true, and the storage keeps no idempotency keys', remedy);
    }
    this.claims = new RunningClaims(repository);
    this.onRequest = (call) => {
      const header = call.headers[HEADER];
      return header === undefined ? undefined : this.claim(call, header, repository);
    };
  }

  onModuleInit(): void {
    const { claims, repository } = this;
    if (claims === undefined || repository === undefined) return;
    this.bus.on(CallRefused, ({ call }) => {
      const claim = claims.take(call);
      if (claim !== undefined) claims.settle(() => repository.release(claim));
    });
    this.bus.on(CallCompleted, ({ call }) => {
      const claim = claims.take(call);
      if (claim !== undefined) claims.settle(() => this.finish(call, claim, repository));
    });
    this.bus.on(CallFailed, ({ call, isAborted }) => {
      const claim = claims.take(call);
      if (claim !== undefined) claims.settle(() => this.fail(call, claim, isAborted, repository));
    });
    this.sweeping = setInterval(() => void this.sweep(repository), SWEEP_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.sweeping);
    await this.claims?.close();
  }

  private async claim(
    call: CallContext,
    header: string | readonly string[],
    repository: IdempotencyRepository,
  ): Promise<CallAnswer | undefined> {
    const id = claimId(tenantOf(call.principal), readKey(header));
    const fingerprint = await fingerprintOf(call);
    const claim = { id, requestId: call.requestId };
    const { ttl, maxAnswerBytes } = this.settings.idempotency;
    let found: FoundClaim | undefined;
    try {
      found = await repository.claim({ ...claim, fingerprint, ttl });
    } catch (cause) {
      // It may have been taken all the same.
      this.claims?.settle(() => repository.release(claim));
      throw new GatewayError('idempotency_unavailable', { retryAfter: 1, cause });
    }
    if (found !== undefined) return this.replay(call, id, fingerprint, found);
    this.claims?.add(call, claim);
    call.keepAnswer(maxAnswerBytes);
    return undefined;
  }

  /** @throws GatewayError where there is no answer to be given. */
  private replay(
    call: CallContext,
    id: Buffer,
    fingerprint: Buffer,
    { state, answer, ...found }: FoundClaim,
  ): CallAnswer {
    if (!found.fingerprint.equals(fingerprint)) throw new GatewayError('idempotency_key_reused', { param: HEADER });
    if (state === 'in_progress') {
      throw new GatewayError('idempotency_in_progress', { retryAfter: 1, shouldRetry: true });
    }
    if (state === 'unknown') throw new GatewayError('idempotency_outcome_unknown', { shouldRetry: false });
    const opened = answer === null ? undefined : this.seal.open(answer, id);
    if (opened === undefined) throw new GatewayError('idempotency_answer_not_kept', { shouldRetry: false });
    call.setHeader('idempotent-replayed', 'true');
    return opened;
  }

  private finish({ answer }: CallContext, claim: Claim, repository: IdempotencyRepository): Promise<void> {
    if (answer === undefined || sizeOf(answer) > this.settings.idempotency.maxAnswerBytes) {
      return repository.settle(claim, 'not_kept', null);
    }
    return repository.settle(claim, 'finished', this.seal.seal(answer, claim.id));
  }

  private fail(call: CallContext, claim: Claim, isAborted: boolean, repository: IdempotencyRepository): Promise<void> {
    if (!isAborted) return repository.release(claim);
    // The answer may be there though nobody is left to take it: it will be there when it is asked for again.
    if (call.answer !== undefined) return this.finish(call, claim, repository);
    return isWithProvider(call) ? repository.settle(claim, 'unknown', null) : repository.release(claim);
  }

  private async sweep(repository: IdempotencyRepository): Promise<void> {
    try {
      while ((await repository.sweep(SWEEP_BATCH)) === SWEEP_BATCH);
    } catch (error) {
      this.logger.warn(`Idempotency keys whose time is over could not be removed: ${String(error)}`);
    }
  }
}

/** Whether a provider has the request, or had when the client left: it may be answered there, and billed. */
function isWithProvider({ lastAttempt }: CallContext): boolean {
  if (lastAttempt === undefined) return false;
  const { error } = lastAttempt;
  return error === undefined || error.code === 'client_closed_request';
}
