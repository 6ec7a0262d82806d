import { createHash } from 'node:crypto';
import { type ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import { AnswerSeal } from '../extensions/idempotency/answer-seal.js';
import {
  type Claim,
  type FoundClaim,
  IdempotencyRepository,
} from '../extensions/idempotency/idempotency.repository.js';
import { HEADER, readKey } from '../extensions/idempotency/idempotency-key.js';
import { type JsonBody } from '../protocol/json-body.js';
import { type AdminRequest } from './administrator.js';

const DAY_MS = 86_400_000;

/**
 * A change that is asked for with an `Idempotency-Key` is made once: asked for again within a day, it is answered as the
 * first time, secrets included. The answer is kept sealed under the master key.
 */
@Injectable()
export class IdempotentChanges {
  constructor(
    private readonly repository: IdempotencyRepository,
    private readonly seal: AnswerSeal,
  ) {}

  /**
   * @returns what `change` does, or the answer of the first time as JSON had it, which the response says too.
   * @throws GatewayError where the key is another request's, or nobody knows what became of its request.
   */
  async once<Answer extends object>(
    request: AdminRequest,
    response: ServerResponse,
    { bytes }: JsonBody,
    change: () => Promise<Answer>,
  ): Promise<Answer> {
    const header = request.headers[HEADER];
    if (header === undefined) return change();
    const claim = { id: claimIdOf(request, readKey(header)), requestId: request.requestId };
    const fingerprint = createHash('sha256').update(`${request.method} ${request.url}\0`).update(bytes).digest();
    const found = await this.claim({ ...claim, fingerprint });
    if (found === undefined) return this.make(claim, change);
    const answer = this.open(found, claim, fingerprint) as Answer;
    response.setHeader('idempotent-replayed', 'true');
    return answer;
  }

  private async claim(claim: Claim & { fingerprint: Buffer }): Promise<FoundClaim | undefined> {
    try {
      return await this.repository.claim({ ...claim, ttl: DAY_MS });
    } catch (cause) {
      throw new GatewayError('idempotency_unavailable', { retryAfter: 1, cause });
    }
  }

  private async make<Answer extends object>(claim: Claim, change: () => Promise<Answer>): Promise<Answer> {
    let answer: Answer;
    try {
      answer = await change();
    } catch (error) {
      // What was refused is not there. Of anything else nobody knows whether the database has it.
      if (GatewayError.isInstance(error)) await this.repository.release(claim);
      else await this.repository.settle(claim, 'unknown', null);
      throw error;
    }
    const kept = { contentType: 'application/json', bytes: Buffer.from(JSON.stringify(answer)) };
    await this.repository.settle(claim, 'finished', this.seal.seal(kept, claim.id));
    return answer;
  }

  private open({ state, answer, ...found }: FoundClaim, { id }: Claim, fingerprint: Buffer): unknown {
    if (!found.fingerprint.equals(fingerprint)) throw new GatewayError('idempotency_key_reused', { param: HEADER });
    if (state === 'in_progress') throw new GatewayError('idempotency_in_progress', { retryAfter: 1 });
    if (state === 'unknown') throw new GatewayError('idempotency_outcome_unknown');
    const opened = answer === null ? undefined : this.seal.open(answer, id);
    if (opened === undefined) throw new GatewayError('idempotency_answer_not_kept');
    return JSON.parse(Buffer.from(opened.bytes).toString('utf8'));
  }
}

/** Three members: no tenant of the gateway has as many, so that no client's key is an administrator's. */
function claimIdOf({ administrator }: AdminRequest, key: string): Buffer {
  return createHash('sha256')
    .update(JSON.stringify(['administration', administrator.tokenId, key]))
    .digest();
}
