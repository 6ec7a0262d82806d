import { type Provider } from '../providers/provider-adapter.interface.js';
import { Bulkhead } from './bulkhead.js';
import { KeyRing, KeySlot } from './key-ring.js';
import { RetryBudget } from './retry-budget.js';

/** What the deployments of one provider share: its keys, how many tries may be under way there, and how many again. */
export class ProviderAccount {
  readonly keys: KeyRing;
  readonly bulkhead: Bulkhead;
  readonly retryBudget = new RetryBudget();

  /** @param providers the provider as it is behind each of its keys. */
  constructor(
    providers: readonly [Provider, ...Provider[]],
    { maxConcurrency = 256, maxWait = 50 }: { maxConcurrency?: number | undefined; maxWait?: number | undefined } = {},
  ) {
    const [first, ...others] = providers;
    this.keys = new KeyRing(
      others.length === 0
        ? [new KeySlot(first, null)]
        : [new KeySlot(first, 0), ...others.map((provider, index) => new KeySlot(provider, index + 1))],
    );
    this.bulkhead = new Bulkhead(maxConcurrency, maxWait);
  }
}
