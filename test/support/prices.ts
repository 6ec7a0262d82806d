import { GatewayEventBus } from '../../src/events/gateway-event-bus.js';
import { type GatewayOptions } from '../../src/gateway.options.js';
import { keyDigests } from '../../src/auth/api-key.js';
import { resolveSettings } from '../../src/gateway.settings.js';
import { PriceBook } from '../../src/pricing/price-book.js';
import { RoutingSettings } from '../../src/routing.settings.js';

/** The prices of a gateway of these options. */
export function priceBook(options: GatewayOptions = {}, bus = new GatewayEventBus()): PriceBook {
  return new PriceBook(new RoutingSettings(resolveSettings(options, keyDigests(Buffer.alloc(32)))), bus, null);
}
