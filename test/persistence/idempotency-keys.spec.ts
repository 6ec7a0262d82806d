import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type FoundClaim,
  IdempotencyRepository,
  type NewClaim,
} from '../../src/extensions/idempotency/idempotency.repository.js';
import { MemoryIdempotencyRepository } from '../../src/extensions/idempotency/memory-idempotency.repository.js';
import { TypeOrmIdempotencyRepository } from '../../src/persistence/repositories/typeorm-idempotency.repository.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

const claimOf = (key: string, changes: Partial<NewClaim> = {}): NewClaim => ({
  id: sha256(key),
  requestId: randomUUID(),
  fingerprint: sha256('what is asked'),
  ttl: 60_000,
  ...changes,
});

let database: TestDatabase;
let postgres: IdempotencyRepository;

beforeAll(async () => {
  database = await testDatabase();
  postgres = new TypeOrmIdempotencyRepository(await database.open());
});

afterAll(() => database.drop());

beforeEach(async () => {
  await database.sql('TRUNCATE nestgate.idempotency_key');
});

describe.each<[string, () => IdempotencyRepository]>([
  ['in memory', () => new MemoryIdempotencyRepository()],
  ['in Postgres', () => postgres],
])('an idempotency key %s', (_where, open) => {
  const taken = (repository: IdempotencyRepository, key: string): Promise<FoundClaim | undefined> =>
    repository.claim(claimOf(key));

  it('is taken by one, and others find it in progress', async () => {
    const repository = open();
    const claim = claimOf('a');
    expect(await repository.claim(claim)).toBeUndefined();
    expect(await taken(repository, 'a')).toMatchObject({ state: 'in_progress', answer: null });
    expect((await taken(repository, 'a'))?.fingerprint).toEqual(claim.fingerprint);
    expect(await taken(repository, 'b')).toBeUndefined();
  });

  it('is taken by one of many at the same time, also when it has just been released', async () => {
    const repository = open();
    for (let round = 0; round < 10; round++) {
      const claims = Array.from({ length: 20 }, () => claimOf('a'));
      const found = await Promise.all(claims.map((claim) => repository.claim(claim)));
      const winner = claims.find((_claim, at) => found[at] === undefined);
      expect(found.filter((one) => one === undefined)).toHaveLength(1);
      if (winner !== undefined) await repository.release(winner);
    }
  });

  it.each(['finished', 'not_kept', 'unknown'] as const)('stays taken when it is settled as %s', async (state) => {
    const repository = open();
    const claim = claimOf('a');
    await repository.claim(claim);
    const answer = state === 'finished' ? Buffer.from([0, 1, 255]) : null;
    await repository.settle(claim, state, answer);
    expect(await taken(repository, 'a')).toMatchObject({ state, answer });
  });

  it('is free again when it is released, and then no business of who had it before', async () => {
    const repository = open();
    const [first, second] = [claimOf('a'), claimOf('a')];
    await repository.claim(first);
    await repository.release(first);
    expect(await repository.claim(second)).toBeUndefined();
    await repository.settle(first, 'finished', Buffer.from('late'));
    await repository.release(first);
    expect(await taken(repository, 'a')).toMatchObject({ state: 'in_progress', answer: null });
  });

  it('is free again when its time is over, but not while its call is in progress', async () => {
    const repository = open();
    const [done, running] = [claimOf('done', { ttl: 1 }), claimOf('running', { ttl: 1 })];
    for (const claim of [done, running]) await repository.claim(claim);
    await repository.settle(done, 'finished', Buffer.from('old'));
    await expect.poll(() => taken(repository, 'done')).toBeUndefined();
    expect(await taken(repository, 'running')).toMatchObject({ state: 'in_progress' });
    expect(await taken(repository, 'done')).toMatchObject({ state: 'in_progress', answer: null });
  });

  it('is swept away when its time is over, so many at once', async () => {
    const repository = open();
    for (let at = 0; at < 5; at++) {
      const claim = claimOf(`old ${at}`, { ttl: 1 });
      await repository.claim(claim);
      await repository.settle(claim, 'finished', Buffer.from('old'));
    }
    await repository.claim(claimOf('running', { ttl: 1 }));
    await repository.claim(claimOf('new'));
    const swept: number[] = [];
    await expect
      .poll(async () => {
        swept.push(await repository.sweep(3));
        return swept.reduce((sum, count) => sum + count);
      })
      .toBe(5);
    expect(Math.max(...swept)).toBeLessThanOrEqual(3);
    expect(await taken(repository, 'running')).toBeDefined();
    expect(await taken(repository, 'new')).toBeDefined();
  });
});

describe('an idempotency key in Postgres', () => {
  const expire = (): Promise<unknown> =>
    database.sql(`UPDATE nestgate.idempotency_key SET leased_until = now() - interval '1 s'`);

  it('counts as unknown without a sign of life of its process, until there is one', async () => {
    const claim = claimOf('a');
    await postgres.claim(claim);
    await expire();
    expect(await postgres.claim(claimOf('a'))).toMatchObject({ state: 'unknown' });
    await postgres.renew([claim, claimOf('nobody')]);
    expect(await postgres.claim(claimOf('a'))).toMatchObject({ state: 'in_progress' });
    await expire();
    await postgres.settle(claim, 'finished', Buffer.from('late'));
    expect(await postgres.claim(claimOf('a'))).toMatchObject({ state: 'finished' });
  });

  it('is free again when its time is over and its process gives no sign of life', async () => {
    await postgres.claim(claimOf('a', { ttl: 1 }));
    await expire();
    await expect.poll(() => postgres.claim(claimOf('a'))).toBeUndefined();
  });

  it('is taken once by a call that asks twice, since it did not hear the answer', async () => {
    const claim = claimOf('a');
    await postgres.claim(claim);
    expect(await postgres.claim(claim)).toBeUndefined();
    expect(await database.sql('SELECT 1 FROM nestgate.idempotency_key')).toHaveLength(1);
  });
});

describe('idempotency keys in memory', () => {
  it('keep the latest answers only, and know which they have let go of', async () => {
    const repository = new MemoryIdempotencyRepository();
    const answer = Buffer.alloc(1024 * 1024);
    for (let at = 0; at < 70; at++) {
      const claim = claimOf(String(at));
      await repository.claim(claim);
      await repository.settle(claim, 'finished', answer);
    }
    const stateOf = async (at: number): Promise<unknown> => (await repository.claim(claimOf(String(at))))?.state;
    expect([await stateOf(0), await stateOf(5), await stateOf(6), await stateOf(69)]).toEqual([
      'not_kept',
      'not_kept',
      'finished',
      'finished',
    ]);
  });
});
