import { type OpenAiErrorBody } from '../protocol/openai-error.js';
import { ERROR_CODES, type ErrorCode } from './error-codes.js';

export interface GatewayErrorOptions {
  /** What the caller reads; the table's sentence when left out. Never holds a secret or the caller's own input. */
  message?: string;
  /** The request parameter at fault, as a path: `messages[0].role`. */
  param?: string;
  /** Seconds after which another try makes sense; sent as `Retry-After`. */
  retryAfter?: number;
  /**
   * Whether OpenAI's SDKs should send the request again by themselves; sent as `x-should-retry`. Left out, they decide by
   * the status.
   */
  shouldRetry?: boolean;
  /** What went wrong underneath: for logs, never for the caller. */
  cause?: unknown;
}

// Two copies of this package in one process still know each other's errors.
const MARKER = Symbol.for('nestgate.GatewayError');

/** The family of every error a caller may see: a code of the one table, with its HTTP status and OpenAI type. */
export class GatewayError extends Error {
  override readonly name: string = 'GatewayError';
  readonly [MARKER] = true;
  readonly code: string | null;
  readonly status: number;
  readonly type: string;
  readonly param: string | null;
  readonly retryAfter: number | undefined;
  /** Whoever gives up last may still say. */
  shouldRetry: boolean | undefined;

  constructor(code: ErrorCode, options: GatewayErrorOptions = {}, shown?: ShownError) {
    const [status, type, message] = ERROR_CODES[code];
    super(options.message ?? message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = shown === undefined ? code : shown.code;
    this.status = shown?.status ?? status;
    this.type = shown?.type ?? type;
    this.param = options.param ?? null;
    this.retryAfter = options.retryAfter;
    this.shouldRetry = options.shouldRetry;
  }

  static isInstance(error: unknown): error is GatewayError {
    return typeof error === 'object' && error !== null && MARKER in error;
  }

  /** Any thrown value as a member of the family; what is not one already becomes a plain `server_error`. */
  static from(error: unknown): GatewayError {
    return GatewayError.isInstance(error) ? error : new GatewayError('server_error', { cause: error });
  }

  toBody(): OpenAiErrorBody {
    return { error: { message: this.message, type: this.type, param: this.param, code: this.code } };
  }
}

/** Status, type and code in place of the table's. */
export interface ShownError {
  status: number;
  type: string;
  code: string | null;
}
