import { type Limit } from '../../limits/rate-limiter.js';

/** How a limit stands towards a call that nobody has made. */
export interface ForetoldLimit extends Limit {
  /** What would be left after the call; what is left, where it is refused. */
  readonly remaining: number;
  readonly refuses: boolean;
}
