import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { callContext } from '../../../test/support/calls.js';
import { type Claim, LEASE_MS } from './idempotency.repository.js';
import { MemoryIdempotencyRepository } from './memory-idempotency.repository.js';
import { RunningClaims } from './running-claims.js';

/** Notes for whom it was given a sign of life; fails when it is told to. */
class WatchedRepository extends MemoryIdempotencyRepository {
  readonly renewed: string[][] = [];
  isDown = false;

  override renew(claims: readonly Claim[] = []): Promise<void> {
    this.renewed.push(claims.map(({ requestId }) => requestId));
    return this.isDown ? Promise.reject(new Error('away')) : Promise.resolve();
  }
}

const claimOf = (requestId: string): Claim => ({ id: Buffer.from(requestId), requestId });

let repository: WatchedRepository;
let claims: RunningClaims;
let warnings: unknown[];

beforeEach(() => {
  vi.useFakeTimers();
  warnings = [];
  vi.spyOn(Logger.prototype, 'warn').mockImplementation((line: unknown) => void warnings.push(line));
  repository = new WatchedRepository();
  claims = new RunningClaims(repository);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('RunningClaims', () => {
  it('gives signs of life for calls under way, well before their time is over, and for no others', async () => {
    const [one, other] = [callContext(), callContext()];
    claims.add(one, claimOf('one'));
    claims.add(other, claimOf('other'));
    await vi.advanceTimersByTimeAsync(LEASE_MS / 2);
    expect(repository.renewed).toEqual([['one', 'other']]);
    claims.take(one);
    await vi.advanceTimersByTimeAsync(LEASE_MS / 3);
    expect(repository.renewed.at(-1)).toEqual(['other']);
    claims.take(other);
    const { length } = repository.renewed;
    await vi.advanceTimersByTimeAsync(10 * LEASE_MS);
    expect(repository.renewed).toHaveLength(length);
    expect(vi.getTimerCount()).toBe(0);
    claims.add(one, claimOf('again'));
    await vi.advanceTimersByTimeAsync(LEASE_MS / 2);
    expect(repository.renewed.at(-1)).toEqual(['again']);
  });

  it('goes on giving them where one does not get through', async () => {
    claims.add(callContext(), claimOf('one'));
    repository.isDown = true;
    await vi.advanceTimersByTimeAsync(LEASE_MS);
    expect(repository.renewed.length).toBeGreaterThan(1);
    expect(warnings[0]).toContain('could not be renewed');
  });

  it('hands out the key of a call once', () => {
    const call = callContext();
    expect(claims.take(call)).toBeUndefined();
    claims.add(call, claimOf('one'));
    expect(claims.take(callContext())).toBeUndefined();
    expect(claims.take(call)).toMatchObject({ requestId: 'one' });
    expect(claims.take(call)).toBeUndefined();
  });

  it('tries again to have stored what became of a key', async () => {
    let tries = 0;
    claims.settle(() => (++tries < 3 ? Promise.reject(new Error('away')) : Promise.resolve()));
    await vi.runAllTimersAsync();
    expect([tries, warnings]).toEqual([3, []]);
  });

  it('gives up after some tries, and at once where the gateway stops', async () => {
    let tries = 0;
    const fail = (): Promise<void> => {
      tries++;
      return Promise.reject(new Error('away'));
    };
    claims.settle(fail);
    await vi.runAllTimersAsync();
    expect(tries).toBe(5);
    expect(warnings).toEqual([expect.stringContaining('could not be stored for its idempotency key: Error: away')]);

    tries = 0;
    claims.settle(fail);
    const closed = claims.close();
    await vi.runAllTimersAsync();
    await closed;
    expect(tries).toBeLessThan(5);
  });

  it('stops only when everything is stored', async () => {
    let store = (): void => undefined;
    claims.settle(() => new Promise((resolve) => (store = resolve)));
    let isClosed = false;
    const closed = claims.close().then(() => (isClosed = true));
    await vi.advanceTimersByTimeAsync(10);
    expect(isClosed).toBe(false);
    store();
    expect(await closed).toBe(true);
  });
});
