import { type IncomingHttpHeaders } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { type AuthenticatedRequest } from '../auth/api-key.guard.js';
import { mayUseModel, type Principal } from '../auth/principal.js';
import { modelNotFound } from '../dispatch/dispatch-errors.js';
import { LoopGuard } from '../dispatch/loop-guard.js';
import { ModelRouter } from '../dispatch/model-router.js';
import { GatewayError } from '../errors/gateway-error.js';
import { CallContext } from '../events/call-context.js';
import { UsageRecordWriter } from '../extensions/usage/usage-record-writer.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../gateway.settings.js';
import { PARAMETER_POLICIES, type ParameterPolicy } from '../protocol/parameter-policy.js';
import { type RequestBody } from '../protocol/request-body.js';
import { REQUEST_TAG } from '../protocol/request-tag.js';
import { parseJsonBody, readJsonBody } from './body-reader.js';
import { CallsInFlight } from './calls-in-flight.js';
import { type Endpoint, type JsonEndpoint, type ModelRequest } from './endpoint.js';
import { readForm } from './form-reader.js';
import { LoadShedder } from './load-shedder.js';

/** What becomes of the parameters of this request that a provider has nothing for. */
const PARAMETER_POLICY_HEADER = 'x-nestgate-parameters';
const TAG_HEADER = 'x-nestgate-tag';

/** Where a call comes from: a client's request, or the host's own code. */
interface Origin {
  readonly headers: IncomingHttpHeaders;
  readonly socket?: AuthenticatedRequest['socket'];
}

/** Makes a call of an authenticated request: its body read and checked, its model found and allowed. */
@Injectable()
export class AdmissionService {
  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: GatewaySettings,
    private readonly router: ModelRouter,
    private readonly loops: LoopGuard,
    private readonly records: UsageRecordWriter,
    private readonly calls: CallsInFlight,
    private readonly load: LoadShedder,
  ) {}

  /** @throws GatewayError */
  async admit(request: AuthenticatedRequest, endpoint: Endpoint): Promise<CallContext> {
    this.checkOpen();
    const { principal } = request;
    if (principal === undefined) throw new GatewayError('missing_api_key');
    const refusal = this.load.refusal(principal);
    if (refusal !== undefined) {
      // By the next turn a small body is here, and its connection can be kept: a new one would cost more than the refusal.
      await setImmediate();
      throw refusal;
    }
    if (endpoint.body !== 'multipart') {
      const body = await readJsonBody(request, this.settings);
      return this.callOf(request, principal, endpoint, body, endpoint.check(body.value));
    }
    const form = await readForm(request, this.settings);
    try {
      return this.callOf(request, principal, endpoint, form, endpoint.check(form));
    } catch (error) {
      await form.dispose();
      throw error;
    }
  }

  /** The same for a call of the host's own code. @throws GatewayError */
  admitOwn(
    principal: Principal,
    endpoint: JsonEndpoint,
    request: Record<string, unknown>,
    headers: IncomingHttpHeaders,
  ): CallContext {
    this.checkOpen();
    const refusal = this.load.refusal(principal);
    if (refusal !== undefined) throw refusal;
    // Checked as JSON would spell it, and safe from what becomes of the objects in it meanwhile.
    const body = parseJsonBody(Buffer.from(JSON.stringify(request)), this.settings);
    return this.callOf({ headers }, principal, endpoint, body, endpoint.check(body.value));
  }

  /** @throws GatewayError */
  private checkOpen(): void {
    this.calls.checkOpen();
    if (this.records.isClosed) throw new GatewayError('usage_store_unavailable', { retryAfter: 1, shouldRetry: true });
  }

  private callOf(
    request: Origin,
    principal: Principal,
    { operation }: Endpoint,
    body: RequestBody,
    checked: ModelRequest,
  ): CallContext {
    const model = this.router.resolve(checked.model);
    const candidates = this.router.deploymentsOf(model);
    // A model that this caller may not use is one that is not there.
    if (candidates.length === 0 || !mayUseModel(principal, this.router.namesFor(checked.model))) {
      throw modelNotFound(checked.model);
    }
    return new CallContext({
      operation,
      principal,
      request: checked,
      body,
      requestModel: checked.model,
      model,
      streaming: operation.isAlwaysStreamed === true || checked.stream === true,
      endUser: checked.user ?? null,
      tag: tagOf(request),
      parameterPolicy: parameterPolicyOf(request, principal),
      candidates,
      headers: request.headers,
      client: request.socket,
      via: this.loops.check(request.headers),
    });
  }
}

/** @throws GatewayError for a header that holds no tag. */
function tagOf({ headers }: Origin): string | null {
  const tag = headers[TAG_HEADER];
  if (tag === undefined) return null;
  if (typeof tag === 'string' && REQUEST_TAG.test(tag)) return tag;
  throw new GatewayError('invalid_value', {
    message: `The header ${TAG_HEADER} must be 1 to 64 letters, digits, ".", "_", "-", ":" or "/".`,
    param: TAG_HEADER,
  });
}

/** @throws GatewayError for a header that names no policy. */
function parameterPolicyOf({ headers }: Origin, principal: Principal): ParameterPolicy {
  const asked = headers[PARAMETER_POLICY_HEADER];
  if (asked === undefined) return principal.parameterPolicy ?? 'warn';
  const policy = PARAMETER_POLICIES.find((one) => one === asked);
  if (policy !== undefined) return policy;
  throw new GatewayError('invalid_value', {
    message: `The header ${PARAMETER_POLICY_HEADER} must be one of ${PARAMETER_POLICIES.join(', ')}.`,
    param: PARAMETER_POLICY_HEADER,
  });
}
