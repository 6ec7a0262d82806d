import { type AuthenticatedRequest } from '../auth/api-key.guard.js';
import { type CallContext } from '../events/call-context.js';
import { type Operation } from '../events/operation.js';

/** What every request that names a model has. */
export interface ModelRequest {
  model: string;
  stream?: boolean | null;
  user?: string | null;
}

/** How an endpoint's request becomes a call. */
export interface EndpointDefinition {
  readonly operation: Operation;
  /** @throws GatewayError naming the parameter that is wrong. */
  check(body: Record<string, unknown>): ModelRequest;
}

export const ENDPOINT_DEFINITION = Symbol('ENDPOINT_DEFINITION');

/** A request that the interceptor has made a call of. */
export interface GatewayRequest extends AuthenticatedRequest {
  call?: CallContext;
}
