import { Inject, Injectable } from '@nestjs/common';
import { type AuthenticatedRequest } from '../auth/api-key.guard.js';
import { mayUseModel } from '../auth/principal.js';
import { modelNotFound } from '../dispatch/dispatch.service.js';
import { ModelRouter } from '../dispatch/model-router.js';
import { GatewayError } from '../errors/gateway-error.js';
import { CallContext } from '../events/call-context.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../gateway.settings.js';
import { readJsonBody } from './body-reader.js';
import { type Endpoint } from './endpoint.js';

/** Makes a call of an authenticated request: its body read and checked, its model found and allowed. */
@Injectable()
export class AdmissionService {
  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: GatewaySettings,
    private readonly router: ModelRouter,
  ) {}

  /** @throws GatewayError */
  async admit(request: AuthenticatedRequest, { operation, check }: Endpoint): Promise<CallContext> {
    const { principal } = request;
    if (principal === undefined) throw new GatewayError('missing_api_key');
    const body = await readJsonBody(request, this.settings);
    const checked = check(body.value);
    const names = this.router.synonyms(checked.model);
    // A model that this caller may not use is one that is not there.
    if (names === undefined || !mayUseModel(principal, names)) throw modelNotFound(checked.model);
    return new CallContext({
      operation,
      principal,
      request: checked,
      body,
      requestModel: checked.model,
      model: this.router.resolve(checked.model),
      streaming: checked.stream === true,
      endUser: checked.user ?? null,
    });
  }
}
