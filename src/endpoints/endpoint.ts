import { type Operation } from '../events/operation.js';

/** What every request that names a model has. */
export interface ModelRequest {
  model: string;
  stream?: boolean | null;
  user?: string | null;
}

/** How an endpoint's request becomes a call. */
export interface Endpoint {
  readonly operation: Operation;
  /** The form of the body. Default `json`. */
  readonly body?: 'json' | 'multipart';
  /** @throws GatewayError naming the parameter that is wrong. */
  check(body: Record<string, unknown>): ModelRequest;
}
