import { type PriceVersion, type RoutingEntry, type RoutingState, StoredRouting } from '../routing/stored-routing.js';
import { type AdminAuditEntry } from './admin-audit.repository.js';

/** What a change does, all of it or nothing. */
export interface RoutingChange<Result> {
  /** Put in place of what has their ids, or added. */
  readonly put?: readonly RoutingEntry[];
  readonly remove?: RoutingEntry;
  /** The next version of a price. */
  readonly price?: PriceVersion;
  readonly audit: AdminAuditEntry;
  readonly result: Result;
}

/**
 * Decides on a change, by what is there at the moment.
 * @throws GatewayError where there is to be none: nothing is changed then.
 */
export type RoutingDecision<Result> = (state: RoutingState) => RoutingChange<Result>;

/**
 * Where it is changed what requests are routed by: each change with its line of the audit log, or not at all, and one
 * after the other over all gateways, since what fits depends on all that is there.
 */
export abstract class RoutingAdministration extends StoredRouting {
  abstract change<Result>(decide: RoutingDecision<Result>): Promise<Result>;

  /** All versions of a price, the oldest first. */
  abstract priceVersions(id: string): Promise<readonly PriceVersion[]>;
}
