import { validateGatewayOptions } from '../config/validate-options.js';
import { type PriceOptions } from '../price.options.js';
import { ownPrices, type PricedModel } from './own-prices.js';
import { type PriceSchedule } from './price-catalogue.js';

/** A price like an entry of the configuration's `prices`, of the model that was asked for. */
export type SourcedPrice = Omit<PriceOptions, 'provider' | 'model'>;

/**
 * Prices of the host's own, which count before those of the configuration and the catalogue for as long as they hold. Given
 * to `GatewayModule.forRoot` as `priceSource`.
 */
export abstract class PriceSource {
  private readonly listeners: (() => void)[] = [];

  /**
   * What a model of a provider costs; nothing where others shall say so. Of several that hold when a call starts, the one
   * with the latest `validFrom` counts.
   *
   * A call waits for it, so it has them at hand. It is asked once for each model, and again when prices have changed. Where
   * it throws, or says what is no price, the model has none until then.
   */
  abstract pricesOf(model: PricedModel): readonly SourcedPrice[];

  /** To hear when it is to be asked again. */
  on(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** To be called when it has other prices than it gave. */
  protected changed(): void {
    for (const listener of this.listeners) listener();
  }
}

/** @throws where it does, and where it says what is no price. */
export function sourcedPrices(source: PriceSource, target: PricedModel): PriceSchedule {
  const { providerName, model, upstreamModel } = target;
  const { prices = [] } = validateGatewayOptions({
    prices: source.pricesOf({ providerName, model, upstreamModel }),
  });
  return ownPrices(prices, target, 'host');
}
