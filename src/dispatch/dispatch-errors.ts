import { GatewayError } from '../errors/gateway-error.js';
import { type CallContext } from '../events/call-context.js';
import { type GateRefusal } from '../events/deployment-gates.js';
import { type Deployment } from './deployment.js';

export function modelNotFound(name: string): GatewayError {
  return new GatewayError('model_not_found', { message: `model '${name}' not found`, param: 'model' });
}

/** Of a call that no deployment of its model can serve. */
export function notServed({ requestModel, operation }: CallContext, deployments: readonly Deployment[]): GatewayError {
  if (deployments.length === 0) return modelNotFound(requestModel);
  if (deployments.some(({ provider }) => provider[operation.capability] !== undefined)) {
    return new GatewayError('unsupported_parameter', {
      message: `No provider of the model '${requestModel}' streams this.`,
      param: 'stream',
    });
  }
  // As OpenAI answers it, with the status of a model that is not there.
  return new GatewayError('unsupported_operation', {
    message: `No provider of the model '${requestModel}' does this (${operation.name}).`,
    param: 'model',
  });
}

/**
 * What a call failed with after all its tries. Clients that come again by themselves would only multiply them; but where
 * a provider told when to come again and no try has followed, that is what they do best.
 */
export function finalError({ attempts }: CallContext, error: GatewayError): GatewayError {
  const maySayWhen = error.status === 429 && error.retryAfter !== undefined && attempts.length === 1;
  if (!maySayWhen) error.shouldRetry ??= false;
  return error;
}

/** Of a call that every deployment of its model was closed to. No provider has seen it, so that it may come again. */
export function noneAvailable(refusals: readonly GateRefusal[]): GatewayError {
  const waits = refusals.map(({ retryAfter }) => retryAfter ?? DEFAULT_WAIT);
  const options = { retryAfter: Math.min(...waits), shouldRetry: true };
  if (refusals.every(({ reason }) => reason === 'rate_limited')) {
    return new GatewayError('rate_limit_exceeded', {
      ...options,
      message: 'The providers of the model take no more requests for the moment.',
    });
  }
  const isFull = refusals.every(({ reason }) => reason === 'bulkhead_full');
  return new GatewayError(isFull ? 'upstream_overloaded' : 'no_deployment_available', options);
}

/** Seconds, where nothing is known. */
const DEFAULT_WAIT = 1;
