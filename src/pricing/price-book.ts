import { Inject, Injectable, Logger } from '@nestjs/common';
import { factsOf } from '../catalogue/model-facts.js';
import { BoundedCache } from '../collections/bounded-cache.js';
import { type AttemptTarget } from '../events/attempt.js';
import { type CallContext } from '../events/call-context.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { type BillableUnits } from '../protocol/billable-units.js';
import { type TokenUsage } from '../protocol/token-usage.js';
import { RoutingSettings } from '../routing.settings.js';
import { ceilingOf, type ModelSize } from './ceiling.js';
import { costOf } from './cost.js';
import { ownPrices, type PricedModel } from './own-prices.js';
import { type Price, priceOf } from './price.js';
import { cataloguePrices, priceAt, type PriceSchedule } from './price-catalogue.js';
import { PriceMissing } from './price-missing.event.js';
import { PriceSource, sourcedPrices } from './price-source.js';
import { boundsOf } from './request-bounds.js';

/** What a call cost, in pico-USD: a million millionth of a dollar. */
export interface CallCost {
  /** `null` where no price is known. */
  readonly cost: bigint | null;
  /** Of the price that was applied. */
  readonly priceVersion: string | null;
}

/** No provider did anything. */
export const FREE: CallCost = { cost: 0n, priceVersion: null };

const UNKNOWN: CallCost = { cost: null, priceVersion: null };

/** The built-in one costs nothing. */
const SIMULATOR_VERSION = 'simulator';
const SIMULATOR: PriceSchedule = [{ price: priceOf(SIMULATOR_VERSION, {}), from: -Infinity, until: Infinity }];

/** Deployments can be asked for by any name where a provider was given no models. */
const MAX_KEPT = 10_000;

const MILLISECONDS_BETWEEN_EVENTS = 60_000;

/** What is known of one deployment's prices. */
interface Priced {
  /** The model that it had then: calls that began before a change end after it. */
  readonly upstreamModel: string;
  readonly schedule: PriceSchedule;
  readonly size: ModelSize;
  /** Of the monotonic clock, when its lack was last told of. */
  toldAt: number;
}

/** Knows what calls cost: by the host's own source, the configured prices, and otherwise by the bundled catalogue. */
@Injectable()
export class PriceBook {
  private readonly logger = new Logger(PriceBook.name);
  private readonly priced = new BoundedCache<Priced>(MAX_KEPT);
  /** Of providers by name, also of those that are gone: their last calls are not over yet. */
  private readonly kinds = new Map<string, string>();

  constructor(
    private readonly settings: RoutingSettings,
    private readonly bus: GatewayEventBus,
    @Inject(PriceSource) private readonly source: PriceSource | null,
  ) {
    this.learn();
    settings.on(() => this.learn());
    source?.on(() => this.priced.clear());
  }

  /** What a call that is over cost at the deployment that answered it, by what its answer used. */
  costOf(call: CallContext, tokens: TokenUsage, units?: BillableUnits): CallCost {
    const { lastAttempt } = call;
    if (call.answeredBy !== null || lastAttempt === undefined) return FREE;
    return this.costAt(lastAttempt.target, call.startedAt, tokens, units);
  }

  /** What a call of a deployment cost. @param time milliseconds since 1970, of the call's start. */
  costAt(target: AttemptTarget, time: number, tokens: TokenUsage, units?: BillableUnits): CallCost {
    const priced = this.pricedOf(target);
    const price = priceAt(priced.schedule, time);
    const serviceTier = units?.serviceTier;
    if (price === undefined || lacksTier(price, serviceTier)) this.tellMissing(target, priced, serviceTier);
    return rated(price, tokens, units);
  }

  /** The most that a call may cost at any deployment that may answer it, in pico-USD; `undefined` where one has no price. */
  ceilingOf(call: CallContext): bigint | undefined {
    const bounds = boundsOf(call);
    let ceiling = 0n;
    for (const target of call.candidates) {
      const { schedule, size } = this.pricedOf(target);
      const price = priceAt(schedule, call.startedAt);
      if (price === undefined) return undefined;
      const cost = ceilingOf(price, bounds, size);
      if (cost === undefined) return undefined;
      if (cost > ceiling) ceiling = cost;
    }
    return ceiling;
  }

  /** The same for a call that is long over: of a price that is missing nobody is told. */
  rate(target: PricedModel, time: number, tokens: TokenUsage, units?: BillableUnits): CallCost {
    const { providerName, model, upstreamModel } = target;
    const { schedule } = this.pricedOf({ ...target, id: `${providerName}/${model}/${upstreamModel}` });
    return rated(priceAt(schedule, time), tokens, units);
  }

  private learn(): void {
    for (const { name, kind } of this.settings.providers) this.kinds.set(name, kind);
    this.priced.clear();
  }

  private pricedOf(target: AttemptTarget): Priced {
    let priced = this.priced.get(target.id);
    const { upstreamModel } = target;
    if (priced?.upstreamModel !== upstreamModel) {
      priced = { upstreamModel, schedule: this.scheduleOf(target), size: this.sizeOf(target), toldAt: -Infinity };
      this.priced.set(target.id, priced);
    }
    return priced;
  }

  private scheduleOf(target: AttemptTarget): PriceSchedule {
    const known = this.knownPrices(target);
    if (this.source === null) return known;
    try {
      return [...known, ...sourcedPrices(this.source, target)];
    } catch (error) {
      // A price that may be wrong is worse than none: what has none can be rated later.
      const message = error instanceof Error ? error.message : String(error);
      this.logger.error(`The price source failed for ${target.id}: ${message}`);
      return [];
    }
  }

  private knownPrices(target: PricedModel): PriceSchedule {
    const kind = this.kinds.get(target.providerName);
    const own = ownPrices(this.settings.prices, target);
    if (kind === undefined) return own;
    const listed = kind === 'simulator' ? SIMULATOR : cataloguePrices(kind, target.upstreamModel);
    return [...(listed ?? []), ...own];
  }

  private sizeOf({ providerName, model, upstreamModel }: AttemptTarget): ModelSize {
    const provider = this.settings.providers.find(({ name }) => name === providerName);
    if (provider === undefined) return {};
    const own = provider.models?.find(({ name }) => name === model)?.facts;
    return { ...factsOf(provider.kind, upstreamModel), ...own };
  }

  /** Loud, since nobody can hold to a budget what has no price. */
  private tellMissing(
    { id, providerName, upstreamModel }: AttemptTarget,
    priced: Priced,
    serviceTier: string | undefined,
  ): void {
    const now = performance.now();
    if (now - priced.toldAt < MILLISECONDS_BETWEEN_EVENTS) return;
    if (priced.toldAt === -Infinity) {
      const [what, how] =
        serviceTier === undefined
          ? [id, 'without a cost']
          : [`the service tier ${serviceTier} of ${id}`, 'at the standard price, if there is one'];
      this.logger.warn(`No price is known of ${what}: its calls are on record ${how}. Give it one by prices`);
    }
    priced.toldAt = now;
    this.bus.emit(new PriceMissing(id, providerName, upstreamModel, serviceTier));
  }
}

function rated(price: Price | undefined, tokens: TokenUsage, units: BillableUnits | undefined): CallCost {
  if (price === undefined) return UNKNOWN;
  const cost = costOf(price, tokens, units);
  const serviceTier = units?.serviceTier;
  const isStandIn = lacksTier(price, serviceTier);
  return { cost, priceVersion: isStandIn ? `${price.version};${serviceTier}=standard` : price.version };
}

/** Whether it is the standard price that stands in for that of another tier. What is free is so in every tier. */
function lacksTier({ version, services }: Price, serviceTier: string | undefined): boolean {
  return serviceTier !== undefined && !services.has(serviceTier) && version !== SIMULATOR_VERSION;
}
