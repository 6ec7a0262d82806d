import { type ErrorCode } from './error-codes.js';
import { GatewayError, type GatewayErrorOptions } from './gateway-error.js';

export interface UpstreamErrorOptions extends GatewayErrorOptions {
  /** The status the upstream answered with. Left out where there was none: the table's status stands. */
  status?: number;
  /** The upstream's own error code, as it named it. */
  upstreamCode?: string | null;
}

/** A provider failed: it answered an error, broke off, could not be reached, or took too long. */
export class UpstreamError extends GatewayError {
  override readonly name = 'UpstreamError';
  /** The status the upstream answered with; `undefined` where no answer came. */
  readonly upstreamStatus: number | undefined;
  /** Whether the same request may succeed on another try: statuses 429, 500, 502, 503, 504, time-outs, connection errors. */
  readonly retryable: boolean;

  constructor(code: Extract<ErrorCode, `upstream_${string}`>, options: UpstreamErrorOptions = {}) {
    const { status, upstreamCode } = options;
    super(
      code,
      options,
      status === undefined ? undefined : { status, type: 'upstream_error', code: upstreamCode ?? null },
    );
    this.upstreamStatus = status;
    this.retryable = status === undefined ? !LASTING.has(code) : RETRYABLE_STATUSES.has(status);
  }
}

const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/** What another try would only meet again. */
const LASTING: ReadonlySet<ErrorCode> = new Set([
  'upstream_invalid_response',
  'upstream_redirect',
  'upstream_address_refused',
]);
