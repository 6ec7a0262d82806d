import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiKeyAuthenticator } from '../../auth/api-key-authenticator.js';
import { mayUseModel, type Principal } from '../../auth/principal.js';
import { ModelRouter } from '../../dispatch/model-router.js';
import { JSON_ENDPOINTS } from '../../endpoints/json-endpoints.js';
import { type ErrorCode } from '../../errors/error-codes.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { CallContext, type CallStart } from '../../events/call-context.js';
import { JsonBody } from '../../protocol/json-body.js';
import { AdminRoute } from '../admin-route.decorator.js';
import { AdminJson } from '../admin-validation.js';
import { NeedsScope } from '../needs-scope.decorator.js';
import { readBody } from '../read-body.js';
import { Documented } from '../route-documentation.decorator.js';
import { usd } from '../usd.js';
import { type BudgetVerdict, CallVerdicts, type LimitVerdict } from './call-verdicts.js';
import { ExplainBody } from './explain.dto.js';
import { EXPLANATION } from './explain.schemas.js';
import { type Explanation } from './explanation.js';
import { RouteExplainer } from './route-explainer.js';

const NOBODY: Principal = { keyId: null, keyName: 'anonymous', allowedModels: null, settings: {} };

/** Says what would become of a request. No provider hears of it. */
@AdminRoute()
@Controller('admin/explain')
export class ExplainController {
  constructor(
    private readonly authenticator: ApiKeyAuthenticator,
    private readonly router: ModelRouter,
    private readonly routes: RouteExplainer,
    private readonly verdicts: CallVerdicts,
  ) {}

  @Post()
  @NeedsScope('routing:read')
  @HttpCode(200)
  @Documented({ summary: 'Say what would become of a request', body: ExplainBody, answer: EXPLANATION })
  async explain(@AdminJson() body: JsonBody): Promise<Explanation> {
    const { endpoint = '/v1/chat/completions', key, request } = readBody(body.value, ExplainBody);
    const principal = key === undefined ? NOBODY : await this.principalOf(key);
    const { operation, check } = JSON_ENDPOINTS[endpoint];
    const checked = check(request);
    const model = this.router.resolve(checked.model);
    const start: CallStart<unknown> = {
      operation,
      principal,
      request: checked,
      body: JsonBody.of(request),
      requestModel: checked.model,
      model,
      streaming: operation.isAlwaysStreamed === true || checked.stream === true,
      endUser: checked.user ?? null,
      parameterPolicy: principal.parameterPolicy ?? 'warn',
      candidates: this.router.deploymentsOf(model),
      headers: {},
    };
    const call = new CallContext(start);
    const isThere = start.candidates.length > 0 && mayUseModel(principal, this.router.namesFor(checked.model));
    const ceiling = isThere ? this.verdicts.ceilingOf(call) : undefined;
    const limits = isThere ? await this.verdicts.limitsOf(call) : [];
    const budgets = isThere ? await this.verdicts.budgetsOf(call, ceiling) : [];
    return {
      operation: operation.name,
      requestModel: checked.model,
      model,
      key: key === undefined ? null : { id: principal.keyId, name: principal.keyName },
      refusedWith: isThere ? refusalOf(limits, budgets, ceiling) : 'model_not_found',
      deployments: this.routes.explain(start),
      ceiling: usd(ceiling ?? null),
      limits,
      budgets,
    };
  }

  private async principalOf(key: string): Promise<Principal> {
    const principal = await this.authenticator.principalOf(key);
    if (principal === undefined) throw new GatewayError('not_found', { param: 'key' });
    return principal;
  }
}

/** In the order in which they are asked. */
function refusalOf(
  limits: readonly LimitVerdict[],
  budgets: readonly BudgetVerdict[],
  ceiling: bigint | undefined,
): ErrorCode | null {
  if (limits.some(({ refuses }) => refuses)) return 'rate_limit_exceeded';
  if (!budgets.some(({ refuses }) => refuses)) return null;
  return ceiling === undefined ? 'price_unknown' : 'insufficient_quota';
}
