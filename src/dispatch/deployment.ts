import { type ModelFacts } from '../catalogue/model-facts.js';
import { type AttemptTarget } from '../events/attempt.js';
import { type Provider } from '../providers/provider-adapter.interface.js';

/** A model at one provider: where a request for the model may go. */
export interface Deployment extends AttemptTarget {
  readonly provider: Provider;
  /** Its share among the deployments of the model. */
  readonly weight: number;
  /** Tries after the first. */
  readonly maxRetries: number;
  /** Milliseconds for one try; 0 for no limit. */
  readonly timeout: number;
  /** What is known of the model there. */
  readonly facts: ModelFacts;
}
