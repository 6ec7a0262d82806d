import { Injectable } from '@nestjs/common';
import {
  type Claim,
  type FoundClaim,
  IdempotencyRepository,
  type NewClaim,
  type SettledState,
} from './idempotency.repository.js';

/** Beyond these the oldest are let go of: first their answers, then the keys. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const MAX_KEYS = 100_000;

interface Row {
  readonly requestId: string;
  readonly fingerprint: Buffer;
  /** Milliseconds of the monotonic clock. */
  readonly expiresAt: number;
  state: FoundClaim['state'];
  answer: Buffer | null;
}

/** Keeps idempotency keys while the process lives, the latest of them. */
@Injectable()
export class MemoryIdempotencyRepository extends IdempotencyRepository {
  private readonly rows = new Map<string, Row>();
  private readonly answered = new Set<Row>();
  private answerBytes = 0;

  override claim({ id, requestId, fingerprint, ttl }: NewClaim): Promise<FoundClaim | undefined> {
    const name = nameOf(id);
    const found = this.rows.get(name);
    if (found !== undefined && (found.state === 'in_progress' || found.expiresAt > performance.now())) {
      return Promise.resolve(found);
    }
    this.remove(name);
    this.rows.set(name, {
      requestId,
      fingerprint,
      expiresAt: performance.now() + ttl,
      state: 'in_progress',
      answer: null,
    });
    if (this.rows.size > MAX_KEYS) this.removeOldest();
    return Promise.resolve(undefined);
  }

  /** There is no process but this one to give a sign of life to. */
  override renew(): Promise<void> {
    return Promise.resolve();
  }

  override settle({ id, requestId }: Claim, state: SettledState, answer: Buffer | null): Promise<void> {
    const row = this.rows.get(nameOf(id));
    if (row?.requestId !== requestId) return Promise.resolve();
    row.state = state;
    row.answer = answer;
    if (answer !== null) {
      this.answered.add(row);
      this.answerBytes += answer.length;
    }
    for (const oldest of this.answered) {
      if (this.answerBytes <= MAX_ANSWER_BYTES) break;
      this.dropAnswer(oldest);
      oldest.state = 'not_kept';
    }
    return Promise.resolve();
  }

  override release({ id, requestId }: Claim): Promise<void> {
    const name = nameOf(id);
    if (this.rows.get(name)?.requestId === requestId) this.remove(name);
    return Promise.resolve();
  }

  override sweep(limit: number): Promise<number> {
    const now = performance.now();
    let removed = 0;
    for (const [name, { expiresAt, state }] of this.rows) {
      if (removed === limit) break;
      if (expiresAt > now || state === 'in_progress') continue;
      this.remove(name);
      removed++;
    }
    return Promise.resolve(removed);
  }

  private removeOldest(): void {
    for (const [name, { state }] of this.rows) {
      if (state === 'in_progress') continue;
      this.remove(name);
      return;
    }
  }

  private remove(name: string): void {
    const row = this.rows.get(name);
    if (row === undefined) return;
    this.dropAnswer(row);
    this.rows.delete(name);
  }

  private dropAnswer(row: Row): void {
    if (!this.answered.delete(row)) return;
    this.answerBytes -= row.answer?.length ?? 0;
    row.answer = null;
  }
}

const nameOf = (id: Buffer): string => id.toString('base64');
