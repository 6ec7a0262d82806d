import { type BillableUnits } from './billable-units.js';

/** What providers call the tier that has the usual prices. */
const STANDARD: ReadonlySet<string> = new Set(['auto', 'default', 'on_demand', 'standard', 'standard_only']);

/** Names of tiers as all providers have them: others are nobody's. */
export const SERVICE_TIER = /^[\w.-]{1,64}$/;

/** The name of a tier that has, or may have, prices of its own; `undefined` for the standard one, and for what is none. */
export function pricedTier(tier: unknown): string | undefined {
  return typeof tier === 'string' && SERVICE_TIER.test(tier) && !STANDARD.has(tier) ? tier : undefined;
}

/** Units together with the tier that a provider says it has served in. */
export function withServiceTier(units: BillableUnits | undefined, told: unknown): BillableUnits | undefined {
  const serviceTier = pricedTier(told);
  return serviceTier === undefined ? units : { ...units, serviceTier };
}
