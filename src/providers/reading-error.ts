import { GatewayError } from '../errors/gateway-error.js';
import { UpstreamError } from '../errors/upstream-error.js';

/**
 * @param error thrown while an answer was read. What is no error of ours met a field of another shape than the provider's
 *   documents say.
 */
export function toReadingError(error: unknown): GatewayError {
  return GatewayError.isInstance(error) ? error : new UpstreamError('upstream_invalid_response', { cause: error });
}
