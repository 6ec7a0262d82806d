import { Inject, Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { checkPrice } from '../../config/price-checks.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../gateway.settings.js';
import { PriceOptions } from '../../price.options.js';
import { versionOf } from '../../pricing/own-prices.js';
import { entriesOf, type PriceVersion, type RoutingState } from '../../routing/stored-routing.js';
import { auditEntry } from '../admin-audit.js';
import { type AdminRequest } from '../administrator.js';
import { type Precondition } from '../preconditions.js';
import { patched, refuse } from '../read-body.js';
import { type RoutingChange } from '../routing-administration.js';
import { RoutingChanges } from '../routing-changes.js';
import { type RoutingSource } from '../routing-source.js';
import { sortedPage } from '../sorted-page.js';
import { type PricesQuery } from './prices.dto.js';

/** Ids of prices of the configuration: no stored one has a colon in its own. */
const CONFIGURED = 'configured:';

/** A price as administrators see it. */
export interface ShownPrice extends PriceOptions {
  readonly id: string;
  readonly source: RoutingSource;
  /** Where the configuration has it, it is changed there. */
  readonly readOnly: boolean;
  /** As records have it that were rated by it; `null` where it stands for prices of the catalogue. */
  readonly priceVersion: string | null;
  /** When it was last changed. */
  readonly updatedAt: Date | null;
  /** It was removed with this version. */
  readonly removed: boolean;
  readonly version: number;
}

export interface PricePage {
  readonly prices: readonly ShownPrice[];
  /** The `cursor` of the page after; `null` where there is none. */
  readonly next: string | null;
}

/** Makes and changes prices. Each change is a version of its own: what was rated by one before stays as it is. */
@Injectable()
export class PricesService {
  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: Pick<GatewaySettings, 'prices' | 'providers'>,
    private readonly changes: RoutingChanges,
  ) {}

  async find(id: string): Promise<ShownPrice> {
    const configured = this.configured().find((price) => price.id === id);
    return configured ?? shown(storedPrice(await this.changes.read(), id));
  }

  async list({ limit, cursor, provider, model, source }: PricesQuery): Promise<PricePage> {
    const { prices } = await this.changes.read();
    const all = [...this.configured(), ...prices.map(shown)].filter(
      (price) =>
        (provider === undefined || price.provider === provider) &&
        (model === undefined || price.model === model) &&
        (source === undefined || price.source === source),
    );
    const { items, next } = sortedPage(all, ({ id }) => id, limit, cursor);
    return { prices: items, next };
  }

  /** Also of one that was removed. */
  async versions(id: string): Promise<{ prices: readonly ShownPrice[] }> {
    const configured = this.configured().filter((price) => price.id === id);
    const stored = await this.changes.priceVersions(id);
    if (configured.length === 0 && stored.length === 0) throw new GatewayError('not_found');
    return { prices: [...configured, ...stored.map(shown)] };
  }

  async create(request: AdminRequest, body: object): Promise<ShownPrice> {
    const made = await this.changes.make((state) => {
      const settings = this.read(state, {}, body);
      const price: PriceVersion = { id: uuidv7(), version: 1, settings, createdAt: new Date(), isEnd: false };
      return change(request, 'prices.create', undefined, price);
    });
    return shown(made);
  }

  async patch(request: AdminRequest, id: string, precondition: Precondition, patch: object): Promise<ShownPrice> {
    const changed = await this.changes.make((state) => {
      const price = this.changeable(state, id);
      precondition.check(price);
      const next = { ...nextOf(price), settings: this.read(state, price.settings, patch) };
      return change(request, 'prices.update', price, next);
    });
    return shown(changed);
  }

  async delete(request: AdminRequest, id: string, precondition: Precondition): Promise<void> {
    await this.changes.make((state) => {
      const price = this.changeable(state, id);
      precondition.check(price);
      return change(request, 'prices.delete', price, { ...nextOf(price), isEnd: true });
    });
  }

  private read(state: RoutingState, current: object, patch: object): PriceOptions {
    const price = patched(current, patch, PriceOptions);
    const providers = [...this.settings.providers, ...entriesOf(state, 'provider')].map(({ name }) => name);
    const [whole, ...others] = checkPrice(price, [], providers).sort((a, b) => a.path.length - b.path.length);
    if (whole?.path.length === 0) {
      throw new GatewayError('invalid_value', { message: `The price ${whole.problem}: ${whole.remedy}.` });
    }
    refuse(whole === undefined ? [] : [whole, ...others]);
    return price;
  }

  private changeable(state: RoutingState, id: string): PriceVersion {
    if (id.startsWith(CONFIGURED)) throw new GatewayError('read_only');
    return storedPrice(state, id);
  }

  private configured(): ShownPrice[] {
    return this.settings.prices.map((price, index) => ({
      ...price,
      id: `${CONFIGURED}${index}`,
      source: 'configuration',
      readOnly: true,
      priceVersion: recordedVersion(price),
      updatedAt: null,
      removed: false,
      version: 0,
    }));
  }
}

function change(
  request: AdminRequest,
  action: string,
  before: PriceVersion | undefined,
  after: PriceVersion,
): RoutingChange<PriceVersion> {
  const details = {
    ...(before === undefined ? {} : { before: shown(before) }),
    ...(after.isEnd ? {} : { after: shown(after) }),
  };
  return { price: after, audit: auditEntry(request, { action, target: after.id, details }), result: after };
}

function nextOf(price: PriceVersion): PriceVersion {
  return { ...price, version: price.version + 1, createdAt: new Date() };
}

function storedPrice({ prices }: RoutingState, id: string): PriceVersion {
  const found = prices.find((price) => price.id === id);
  if (found === undefined) throw new GatewayError('not_found');
  return found;
}

function recordedVersion(price: PriceOptions): string | null {
  return price.like === undefined ? versionOf(price) : null;
}

function shown({ id, version, settings, createdAt, isEnd }: PriceVersion): ShownPrice {
  return {
    ...settings,
    id,
    source: 'stored',
    readOnly: false,
    priceVersion: recordedVersion(settings),
    updatedAt: createdAt,
    removed: isEnd,
    version,
  };
}
