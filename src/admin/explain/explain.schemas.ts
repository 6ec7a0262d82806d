import { answerSchema, FLAG, listOf, NUMBER, oneOf, orNull, TEXT, USD, WHOLE } from '../answer-schema.js';
import { type BudgetVerdict, type LimitVerdict } from './call-verdicts.js';
import { type Explanation } from './explanation.js';
import { type ExplainedDeployment } from './route-explainer.js';

const DEPLOYMENT = answerSchema<ExplainedDeployment>('ExplainedDeployment', {
  deployment: TEXT,
  upstreamModel: TEXT,
  chance: NUMBER,
  passedOver: orNull(TEXT),
  circuit: oneOf('closed', 'open', 'half_open'),
  ceiling: orNull(USD),
});

const LIMIT = answerSchema<LimitVerdict>('LimitVerdict', {
  limit: TEXT,
  counts: oneOf('requests', 'tokens', 'concurrent'),
  allowed: WHOLE,
  windowSeconds: orNull(NUMBER),
  remaining: NUMBER,
  refuses: FLAG,
});

const BUDGET = answerSchema<BudgetVerdict>('BudgetVerdict', {
  budget: TEXT,
  subject: TEXT,
  hard: FLAG,
  limit: USD,
  spent: USD,
  reserved: USD,
  left: USD,
  refuses: FLAG,
});

const KEY = answerSchema<NonNullable<Explanation['key']>>('ExplainedKey', { id: orNull(TEXT), name: TEXT });

export const EXPLANATION = answerSchema<Explanation>('Explanation', {
  operation: TEXT,
  requestModel: TEXT,
  model: TEXT,
  key: orNull(KEY),
  refusedWith: orNull(TEXT),
  deployments: listOf(DEPLOYMENT),
  ceiling: orNull(USD),
  limits: listOf(LIMIT),
  budgets: listOf(BUDGET),
});
