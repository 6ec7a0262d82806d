import { type ErrorCode } from '../../errors/error-codes.js';
import { type BudgetVerdict, type LimitVerdict } from './call-verdicts.js';
import { type ExplainedDeployment } from './route-explainer.js';

/** What would become of a request. */
export interface Explanation {
  readonly operation: string;
  readonly requestModel: string;
  /** After aliases. */
  readonly model: string;
  readonly key: { readonly id: string | null; readonly name: string } | null;
  /** What would become of it: the code of the error that would refuse it, `null` where it would be sent. */
  readonly refusedWith: ErrorCode | null;
  readonly deployments: readonly ExplainedDeployment[];
  /** The most that it may cost, in USD; `null` where a deployment has no price. */
  readonly ceiling: string | null;
  readonly limits: readonly LimitVerdict[];
  readonly budgets: readonly BudgetVerdict[];
}
