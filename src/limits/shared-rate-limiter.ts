import { type BeforeApplicationShutdown, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { type RedisConnection } from '../redis/redis-connection.js';
import { RedisUnavailable } from '../redis/redis-unavailable.js';
import { CHECK, CORRECT } from './limit-scripts.js';
import { costOf, type LocalRateLimiter } from './local-rate-limiter.js';
import { type Limit, type LimitDecision, type LimitState, RateLimiter } from './rate-limiter.js';
import { type Lease, LEASE_MS, Replicas } from './replicas.js';
import { type WindowPart } from './sliding-window.js';

/**
 * Keeps limits for all replicas together, in Redis. While that is away each replica keeps to its share of them, mindful of
 * what it had heard of the others; what it admits by itself it tells Redis when that is back.
 */
export class SharedRateLimiter extends RateLimiter implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(SharedRateLimiter.name);
  private readonly leases = new Map<LimitDecision, Lease>();
  /** Of an error that would come with every call. */
  private hasComplained = false;
  readonly replicas: Replicas;

  constructor(
    private readonly redis: RedisConnection,
    private readonly local: LocalRateLimiter,
  ) {
    super();
    this.replicas = new Replicas(redis, () => [...this.leases.values()]);
  }

  onApplicationBootstrap(): Promise<void> {
    return this.replicas.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.replicas.stop();
  }

  override check(limits: readonly Limit[], tokens: number, id: string): LimitDecision | Promise<LimitDecision> {
    return this.redis.isAway ? this.checkAlone(limits, tokens, id) : this.ask(limits, tokens, id);
  }

  override leave(limits: readonly Limit[], decision: LimitDecision): void {
    this.local.leave(limits, decision);
    if (!this.leases.delete(decision)) return;
    const slots = limits.filter(({ unit }) => unit === 'concurrent');
    this.correct(slots, decision, () => -1);
  }

  override settle(limits: readonly Limit[], decision: LimitDecision, tokens: number): void {
    const difference = tokens - decision.tokens;
    if (difference === 0) return;
    const isTold = decision.sharedAt !== undefined && !this.redis.isAway;
    this.local.settle(limits, decision, tokens, isTold);
    if (isTold) {
      const counted = limits.filter(({ unit }) => unit === 'tokens');
      this.correct(counted, decision, () => difference);
    }
  }

  override takeBack(limits: readonly Limit[], decision: LimitDecision): void {
    this.local.takeBack(limits, decision);
    this.leases.delete(decision);
    this.correct(limits, decision, (limit) => -costOf(limit, decision.tokens));
  }

  private checkAlone(limits: readonly Limit[], tokens: number, id: string): LimitDecision {
    return this.remember(limits, this.local.checkAlone(limits, tokens, id, this.replicas.count));
  }

  private async ask(limits: readonly Limit[], tokens: number, id: string): Promise<LimitDecision> {
    const askedAt = this.local.now();
    const untold = limits.map((limit) => this.local.counterOf(limit).takeUntold(askedAt));
    const args: (string | number)[] = [id, LEASE_MS];
    for (const [at, limit] of limits.entries()) {
      const parts = untold[at] ?? [];
      args.push(limit.limit, limit.windowMs, costOf(limit, tokens), parts.length);
      for (const part of parts) args.push(askedAt - part.at, part.amount);
    }
    try {
      const answer = await this.redis.run((client) => CHECK.run(client, this.keysOf(limits), args));
      return this.remember(limits, this.understand(answer, limits, tokens, id));
    } catch (error) {
      this.giveUp(error, limits, untold);
      return this.checkAlone(limits, tokens, id);
    }
  }

  /** @param answer of the script: numbers. */
  private understand(answer: unknown, limits: readonly Limit[], tokens: number, id: string): LimitDecision {
    const [refused = 0, retry = 0, sharedAt, ...uses] = (answer as unknown[]).map(Number);
    const isAdmitted = refused === 0;
    const chargedAt = isAdmitted ? this.local.charge(limits, tokens) : undefined;
    const now = this.local.now();
    const states = limits.map((limit, at): LimitState => {
      const used = uses[at * 2] ?? 0;
      this.local.counterOf(limit).hear(now, used);
      return { remaining: Math.max(0, limit.limit - used), resetMs: uses[at * 2 + 1] ?? 0 };
    });
    return {
      refusedBy: refused - 1,
      retryAfterMs: retry < 0 ? Number.POSITIVE_INFINITY : retry,
      states,
      id,
      tokens,
      chargedAt,
      sharedAt: isAdmitted ? sharedAt : undefined,
    };
  }

  private giveUp(error: unknown, limits: readonly Limit[], untold: readonly (readonly WindowPart[])[]): void {
    for (const [at, limit] of limits.entries()) this.local.counterOf(limit).putBack(untold[at] ?? []);
    if (error instanceof RedisUnavailable || this.hasComplained) return;
    this.hasComplained = true;
    this.logger.error('Redis does not keep limits, each replica keeps to its share', error);
  }

  private remember(limits: readonly Limit[], decision: LimitDecision): LimitDecision {
    if (decision.chargedAt === undefined) return decision;
    const slots = limits.filter(({ unit }) => unit === 'concurrent');
    if (slots.length > 0) this.leases.set(decision, { id: decision.id, keys: this.keysOf(slots) });
    return decision;
  }

  /** Nobody waits for it: what is not said now leaves the windows by itself. */
  private correct(limits: readonly Limit[], decision: LimitDecision, amountOf: (limit: Limit) => number): void {
    if (limits.length === 0 || this.redis.isAway) return;
    const args: (string | number)[] = [decision.id, decision.sharedAt ?? 0];
    for (const limit of limits) args.push(limit.windowMs, amountOf(limit));
    this.redis
      .run((client) => CORRECT.run(client, this.keysOf(limits), args))
      .catch((error: unknown) => this.giveUp(error, [], []));
  }

  private keysOf(limits: readonly Limit[]): string[] {
    return limits.map(({ key }) => this.redis.key(`limit:${key}`));
  }
}
