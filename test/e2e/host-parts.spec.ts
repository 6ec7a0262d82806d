import { describe, expect, it } from 'vitest';
import { Injectable, Module } from '@nestjs/common';
import { GatewayEventBus } from '../../src/events/gateway-event-bus.js';
import { BudgetService } from '../../src/extensions/budget/budget.service.js';
import {
  type AnswerLookup,
  type AnswerPlace,
  AnswerStore,
  type CachedAnswer,
  type CacheScope,
} from '../../src/extensions/cache/answer-store.js';
import { CacheService } from '../../src/extensions/cache/cache.service.js';
import { type PricedModel } from '../../src/pricing/own-prices.js';
import { PriceMissing } from '../../src/pricing/price-missing.event.js';
import { PriceSource, type SourcedPrice } from '../../src/pricing/price-source.js';
import { chat, type ClientAnswer } from '../support/chat-client.js';
import { chatAnswer } from '../support/fake-upstream.js';
import { oneProvider, type SceneOptions } from '../support/scene.js';

const cacheStatus = ({ headers }: ClientAnswer): unknown => headers['x-nestgate-cache'];

/** A store as a host has it, which notes what it was asked. */
class HostStore extends AnswerStore {
  readonly answers = new Map<string, CachedAnswer>();
  readonly found: AnswerPlace[] = [];
  readonly kept: { readonly place: AnswerPlace; readonly epoch: string; readonly ttl: number }[] = [];
  readonly cleared: CacheScope[] = [];

  override async find(place: AnswerPlace): Promise<AnswerLookup> {
    await Promise.resolve();
    this.found.push(place);
    const answer = this.answers.get(place.key);
    return { found: answer && { answer, age: 7 }, epoch: 'first' };
  }

  override async keep(place: AnswerPlace, epoch: string, answer: CachedAnswer, ttl: number): Promise<void> {
    await Promise.resolve();
    this.kept.push({ place, epoch, ttl });
    this.answers.set(place.key, answer);
  }

  override clear(scope: CacheScope): void {
    this.cleared.push(scope);
    this.answers.clear();
  }
}

const away = (): never => {
  throw new Error('The store is away.');
};

describe("a host's store of answers", () => {
  it('is asked and filled in place of the one that the configuration names, and cleared', async () => {
    const store = new HostStore();
    const { gateway, upstreams } = await oneProvider({ gateway: { answerStore: store, cache: { ttl: 60_000 } } });
    upstreams[0].next(chatAnswer('First'), chatAnswer('Second'));

    const [first, again] = [await chat(gateway), await chat(gateway)];
    expect([first, again].map(cacheStatus)).toEqual(['miss', 'hit']);
    expect(again.bytes).toEqual(first.bytes);
    expect(again.headers['age']).toBe('7');
    expect(upstreams[0].dispatches).toBe(1);
    expect(store.found).toHaveLength(2);
    expect(store.kept).toEqual([{ place: store.found[0], epoch: 'first', ttl: 60_000 }]);
    expect(store.found[0]).toMatchObject({ tenant: 'configured:test', model: 'model' });

    await gateway.app.get(CacheService, { strict: false }).clear({ model: 'model' });
    expect(store.cleared).toEqual([{ tenant: undefined, model: 'model' }]);
    expect(cacheStatus(await chat(gateway))).toBe('miss');
  });

  it('is made by Nest, from what the host imports', async () => {
    @Injectable()
    class Rows {
      readonly asked: string[] = [];
    }
    @Module({ providers: [Rows], exports: [Rows] })
    class RowsModule {}
    @Injectable()
    class RowStore extends HostStore {
      constructor(readonly rows: Rows) {
        super();
      }

      override find(place: AnswerPlace): Promise<AnswerLookup> {
        this.rows.asked.push(place.model);
        return super.find(place);
      }
    }
    const { gateway } = await oneProvider({ gateway: { imports: [RowsModule], answerStore: RowStore, cache: {} } });
    await chat(gateway);
    expect(gateway.app.get(Rows, { strict: false }).asked).toEqual(['model']);
  });

  it('is not asked where there is no cache', async () => {
    const store = new HostStore();
    const { gateway } = await oneProvider({ gateway: { answerStore: store } });
    expect(cacheStatus(await chat(gateway))).toBeUndefined();
    expect([store.found, store.kept]).toEqual([[], []]);
  });

  it.each<[string, Partial<AnswerStore>]>([
    ['throws when it is asked', { find: away }],
    ['rejects what it is asked', { find: () => Promise.reject(new Error('The store is away.')) }],
    ['never answers', { find: () => new Promise(() => undefined) }],
    ['throws when it is given an answer', { keep: away }],
    ['rejects an answer', { keep: () => Promise.reject(new Error('The store is full.')) }],
  ])('costs no call where it %s', async (_how, broken) => {
    const store = Object.assign(new HostStore(), broken);
    const { gateway, upstreams, records } = await oneProvider({ gateway: { answerStore: store, cache: {} } });
    const answers = [await chat(gateway), await chat(gateway)];
    expect(answers.map((answer) => [answer.status, cacheStatus(answer)])).toEqual([
      [200, 'miss'],
      [200, 'miss'],
    ]);
    expect(upstreams[0].dispatches).toBe(2);
    expect(await records()).toMatchObject([{ status: 'completed' }, { status: 'completed' }]);
  });

  it('says when it is not known whether answers are gone', async () => {
    const store = Object.assign(new HostStore(), { clear: away });
    const { gateway } = await oneProvider({ gateway: { answerStore: store, cache: {} } });
    await expect(gateway.app.get(CacheService, { strict: false }).clear()).rejects.toThrow('The store is away.');
  });
});

const USD = 1_000_000_000_000n;

/** What the host pays. */
@Injectable()
class Contract extends PriceSource {
  readonly asked: PricedModel[] = [];
  private prices: readonly SourcedPrice[] | Error = [];

  static of(prices: readonly SourcedPrice[] | Error): Contract {
    const contract = new Contract();
    contract.prices = prices;
    return contract;
  }

  override pricesOf(model: PricedModel): readonly SourcedPrice[] {
    this.asked.push(model);
    if (this.prices instanceof Error) throw this.prices;
    return this.prices;
  }

  replace(prices: readonly SourcedPrice[] | Error): void {
    this.prices = prices;
    this.changed();
  }
}

describe("a host's source of prices", () => {
  const before = { model: 'model', request: '5' };

  async function start(source: Contract | typeof Contract, gateway: SceneOptions['gateway'] = {}) {
    const scene = await oneProvider({ gateway: { priceSource: source, prices: [before], ...gateway } });
    /** What the next call costs, and by which price. */
    const cost = async () => {
      expect((await chat(scene.gateway)).status).toBe(200);
      const record = (await scene.records()).at(-1);
      return { cost: record?.cost, priceVersion: record?.priceVersion };
    };
    return { ...scene, cost };
  }

  it('says what calls cost, before the configuration, and is asked once', async () => {
    const contract = Contract.of([{ request: '2' }]);
    const { cost } = await start(contract);
    const first = await cost();
    expect(first).toEqual({ cost: 2n * USD, priceVersion: expect.stringMatching(/^host:[0-9a-f]{12}$/) });
    expect(await cost()).toEqual(first);
    expect(contract.asked).toEqual([{ providerName: 'first', model: 'model', upstreamModel: 'model' }]);
  });

  it('leaves to the configuration what it says nothing of', async () => {
    const { cost, gateway } = await start(Contract);
    expect(await cost()).toEqual({ cost: 5n * USD, priceVersion: expect.stringMatching(/^own:/) });
    expect(gateway.app.get<Contract>(PriceSource, { strict: false }).asked).toHaveLength(1);
  });

  it('has a change hold from its date, for calls after it was told', async () => {
    const old = { request: '2' };
    const contract = Contract.of([old]);
    const { cost } = await start(contract);
    const first = await cost();

    contract.replace([{ request: '4', validFrom: '2999-01-01' }, old]);
    expect(await cost()).toEqual(first);

    contract.replace([{ request: '3', validFrom: '2020-01-01' }, { request: '4', validFrom: '2999-01-01' }, old]);
    const changed = await cost();
    expect(changed).toEqual({ cost: 3n * USD, priceVersion: expect.stringMatching(/^host:/) });
    expect(changed.priceVersion).not.toBe(first.priceVersion);
    expect(contract.asked).toHaveLength(3);

    contract.replace([{ ...old, validUntil: '2020-01-01' }]);
    expect((await cost()).cost).toBe(5n * USD);
  });

  it('says what budgets set aside', async () => {
    const contract = Contract.of([{ request: '2' }]);
    const budgets = [{ name: 'house', for: 'everyone' as const, usd: 3, per: 'total' as const }];
    const { gateway, records, cost } = await start(contract, { budgets });
    expect((await cost()).cost).toBe(2n * USD);
    expect((await chat(gateway)).status).toBe(429);
    contract.replace([{ request: '1' }]);
    expect((await cost()).cost).toBe(USD);
    expect(await records()).toHaveLength(2);
    const states = await gateway.app.get(BudgetService, { strict: false }).states();
    expect(states).toMatchObject([{ spent: 3n * USD, reserved: 0n, left: 0n }]);
  });

  it.each<[string, readonly SourcedPrice[] | Error]>([
    ['throws', new Error('The contract is not read yet.')],
    ['says what is no amount', [{ request: 'two' }]],
    ['states no price', [{ validFrom: '2020-01-01' }]],
  ])('leaves no price where it %s, until it has others', async (_how, prices) => {
    const contract = Contract.of(prices);
    const { cost, gateway } = await start(contract);
    const missing: string[] = [];
    const bus = gateway.app.get(GatewayEventBus, { strict: false });
    bus.on(PriceMissing, ({ deployment }) => missing.push(deployment));
    expect(await cost()).toEqual({ cost: null, priceVersion: null });
    expect(await cost()).toEqual({ cost: null, priceVersion: null });
    expect(missing).toEqual(['first/model']);
    expect(contract.asked).toHaveLength(1);

    contract.replace([{ request: '1' }]);
    expect((await cost()).cost).toBe(USD);
  });
});
