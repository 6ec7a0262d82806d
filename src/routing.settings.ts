import { Inject, Injectable } from '@nestjs/common';
import { GATEWAY_SETTINGS } from './gateway.settings.js';
import { type PriceOptions } from './price.options.js';
import { type ProviderOptions } from './provider.options.js';

/** A provider with where its requests may go. */
export interface RoutedProvider extends ProviderOptions {
  /**
   * Of one that was made over REST: to public addresses alone, or also to private ones where the configuration lets it.
   * Left out: the configuration defines it, and an operator wrote that.
   */
  readonly egress?: 'strict' | 'private';
}

/** What of the settings can change while the gateway runs. */
export interface RoutingOptions {
  readonly providers: readonly RoutedProvider[];
  /** Other names → model. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly prices: readonly PriceOptions[];
}

/** What the configuration says of them, and what administration has added to it: always of one moment. */
@Injectable()
export class RoutingSettings implements RoutingOptions {
  private current: RoutingOptions;
  private readonly listeners: (() => void)[] = [];

  constructor(@Inject(GATEWAY_SETTINGS) settings: RoutingOptions) {
    this.current = settings;
  }

  get providers(): readonly RoutedProvider[] {
    return this.current.providers;
  }

  get aliases(): ReadonlyMap<string, string> {
    return this.current.aliases;
  }

  get prices(): readonly PriceOptions[] {
    return this.current.prices;
  }

  /** To hear when they have changed. */
  on(listener: () => void): void {
    this.listeners.push(listener);
  }

  replace(options: RoutingOptions): void {
    this.current = options;
    for (const listener of this.listeners) listener();
  }
}
