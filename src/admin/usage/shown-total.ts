import { type UsageGroup, type UsageTotal } from './usage-queries.js';

/** A sum as administrators see it: what its records have in common beside the numbers, and the cost in USD. */
export type ShownTotal = UsageGroup & Omit<UsageTotal, 'group' | 'cost'> & { readonly cost: string };
