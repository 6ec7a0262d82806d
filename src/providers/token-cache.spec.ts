import { describe, expect, it } from 'vitest';
import { type ExpiringToken, TokenCache } from './token-cache.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Gives out `token-1`, `token-2`, … when it is told to, by a clock that stands still until it is moved. */
class Issuer {
  now = 1_000_000;
  asked = 0;
  lifetime = HOUR;
  private readonly waiting: { resolve: (token: ExpiringToken) => void; reject: (error: Error) => void }[] = [];
  readonly cache = new TokenCache(
    () => {
      this.asked++;
      return new Promise<ExpiringToken>((resolve, reject) => this.waiting.push({ resolve, reject }));
    },
    () => this.now,
  );

  async answer(): Promise<void> {
    this.waiting.shift()?.resolve({ token: `token-${this.asked}`, expiresAt: this.now + this.lifetime });
    await settled();
  }

  async fail(): Promise<void> {
    this.waiting.shift()?.reject(new Error('no token'));
    await settled();
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function withToken(): Promise<Issuer> {
  const issuer = new Issuer();
  const first = issuer.cache.get();
  await issuer.answer();
  expect(await first).toBe('token-1');
  return issuer;
}

describe('TokenCache', () => {
  it('asks for a token once for all requests that come meanwhile, and keeps it', async () => {
    const issuer = new Issuer();
    const tokens = Promise.all([issuer.cache.get(), issuer.cache.get(), issuer.cache.get()]);
    await issuer.answer();
    expect(await tokens).toEqual(['token-1', 'token-1', 'token-1']);
    issuer.now += HOUR - 6 * MINUTE;
    expect(await issuer.cache.get()).toBe('token-1');
    expect(issuer.asked).toBe(1);
  });

  it('renews it five minutes before it ends, and nobody waits for that', async () => {
    const issuer = await withToken();
    issuer.now += HOUR - 5 * MINUTE;
    expect(await Promise.all([issuer.cache.get(), issuer.cache.get()])).toEqual(['token-1', 'token-1']);
    expect(issuer.asked).toBe(2);
    await issuer.answer();
    expect(await issuer.cache.get()).toBe('token-2');
    expect(issuer.asked).toBe(2);
  });

  it('keeps the old token where the renewal fails, and tries again a little later', async () => {
    const issuer = await withToken();
    issuer.now += HOUR - 4 * MINUTE;
    expect(await issuer.cache.get()).toBe('token-1');
    await issuer.fail();
    expect(await issuer.cache.get()).toBe('token-1');
    expect(issuer.asked).toBe(2);
    issuer.now += MINUTE;
    expect(await issuer.cache.get()).toBe('token-1');
    expect(issuer.asked).toBe(3);
    await issuer.answer();
    expect(await issuer.cache.get()).toBe('token-3');
  });

  it('gives out no token that has ended', async () => {
    const issuer = await withToken();
    issuer.now += HOUR;
    const second = issuer.cache.get();
    await issuer.answer();
    expect(await second).toBe('token-2');
  });

  it('fails where there is no token at hand, and asks anew the next time', async () => {
    const issuer = new Issuer();
    const first = Promise.allSettled([issuer.cache.get(), issuer.cache.get()]);
    await issuer.fail();
    expect(await first).toMatchObject([{ reason: { message: 'no token' } }, { reason: { message: 'no token' } }]);
    const second = issuer.cache.get();
    await issuer.answer();
    expect(await second).toBe('token-2');
  });

  it('does not ask at every request where tokens last for less than the margin', async () => {
    const issuer = new Issuer();
    issuer.lifetime = 2 * MINUTE;
    const first = issuer.cache.get();
    await issuer.answer();
    await first;
    expect(await issuer.cache.get()).toBe('token-1');
    expect(issuer.asked).toBe(1);
    issuer.now += MINUTE;
    expect(await issuer.cache.get()).toBe('token-1');
    expect(issuer.asked).toBe(2);
  });

  it('waits for another token once the one at hand was refused', async () => {
    const issuer = new Issuer();
    const first = issuer.cache.get();
    await issuer.answer();
    await first;
    issuer.cache.forget();
    const second = issuer.cache.get();
    await issuer.answer();
    expect([await second, await issuer.cache.get()]).toEqual(['token-2', 'token-2']);
  });

  it('keeps whatever lets requests in', async () => {
    const pair = { id: 'a', secret: 'b' };
    let asked = 0;
    const cache = new TokenCache(() => {
      asked++;
      return Promise.resolve({ token: pair, expiresAt: Number.POSITIVE_INFINITY });
    });
    expect([await cache.get(), await cache.get(), asked]).toEqual([pair, pair, 1]);
  });
});
