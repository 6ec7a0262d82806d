import { type ModelFacts } from '../catalogue/model-facts.js';
import { type AttemptTarget } from '../events/attempt.js';
import { type Provider } from '../providers/provider-adapter.interface.js';
import { type ProviderAccount } from './provider-account.js';

/** A model at one provider: where a request for the model may go. */
export interface Deployment extends AttemptTarget {
  /** As it is behind the first of its keys: what it can do is the same behind each. */
  readonly provider: Provider;
  /** What it shares with the other deployments of its provider. */
  readonly account: ProviderAccount;
  /** Its share among the deployments of the model. */
  readonly weight: number;
  /** Tries after the first. */
  readonly maxRetries: number;
  /** Milliseconds for one try; 0 for no limit. */
  readonly timeout: number;
  /** What is known of the model there. */
  readonly facts: ModelFacts;
}
