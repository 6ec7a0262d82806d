import { STATUS_CODES } from 'node:http';
import { type GatewayError } from './gateway-error.js';

/** How an error is written as a whole answer. */
export interface ErrorForm {
  readonly contentType: string;
  bodyOf(error: GatewayError, requestId: string): object;
}

/** OpenAI's envelope: what clients of the gateway read. */
export const OPENAI_ERROR_FORM: ErrorForm = {
  contentType: 'application/json',
  bodyOf: (error) => error.toBody(),
};

/**
 * Problem details: what administrators read.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export const PROBLEM_FORM: ErrorForm = {
  contentType: 'application/problem+json',
  bodyOf: ({ status, message, code, param }, requestId) => ({
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: message,
    code,
    ...(param === null ? {} : { param }),
    request_id: requestId,
  }),
};
