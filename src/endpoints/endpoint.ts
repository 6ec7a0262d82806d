import { type Operation } from '../events/operation.js';
import { type MultipartForm } from '../protocol/multipart-form.js';

/** What every request that names a model has. */
export interface ModelRequest {
  model: string;
  stream?: boolean | null;
  user?: string | null;
}

/** How an endpoint's request becomes a call. */
export type Endpoint = JsonEndpoint | FormEndpoint;

export interface JsonEndpoint {
  readonly operation: Operation;
  readonly body?: 'json';
  /** @throws GatewayError naming the parameter that is wrong. */
  check(body: Record<string, unknown>): ModelRequest;
}

/** One that takes files. */
export interface FormEndpoint {
  readonly operation: Operation;
  readonly body: 'multipart';
  /**
   * @returns the text fields, `stream` as what it means.
   * @throws GatewayError naming the parameter that is wrong.
   */
  check(form: MultipartForm): ModelRequest;
}
