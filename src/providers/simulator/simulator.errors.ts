import { UpstreamError } from '../../errors/upstream-error.js';
import { type SimulatorControls } from './simulator.types.js';

/** The failure that a request asked for. */
export function toSimulatedError(error: NonNullable<SimulatorControls['error']>): UpstreamError {
  return new UpstreamError('upstream_error', {
    status: error.status,
    upstreamCode: error.code,
    message: error.message,
    ...(error.retry_after === undefined ? {} : { retryAfter: error.retry_after }),
  });
}
