import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Injectable, Logger } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { type PlatformResponse, takeResponse } from '../http/node-http.js';
import { type ErrorForm, OPENAI_ERROR_FORM } from './error-form.js';
import { GatewayError } from './gateway-error.js';

/** Answers whatever is thrown on a gateway route in OpenAI's error envelope. The only place that does. */
@Injectable()
@Catch()
export class OpenAiErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(OpenAiErrorFilter.name);

  catch(exception: unknown, host: ArgumentsHost): void {
    this.answer(takeResponse(host.switchToHttp().getResponse<PlatformResponse>()), exception);
  }

  /** Answers with what was thrown. */
  answer(response: ServerResponse, exception: unknown): void {
    const error = toGatewayError(exception);
    const requestId = writeError(response, error);
    // What nobody foresaw is for the operator to read; the caller gets the id to name it by.
    if (error.code === 'server_error') this.logger.error(`Request ${requestId} failed`, error.cause ?? error);
  }
}

/** Any thrown value as an error of the family; Nest's own exceptions keep their status and message. */
export function toGatewayError(exception: unknown): GatewayError {
  if (!(exception instanceof HttpException)) return GatewayError.from(exception);
  const status = exception.getStatus();
  if (status === 404) return new GatewayError('unknown_url', { cause: exception });
  if (status === 429) {
    return new GatewayError('rate_limit_exceeded', { message: exception.message, cause: exception });
  }
  const code = status >= 500 ? 'server_error' : 'request_refused';
  return new GatewayError(
    code,
    { message: exception.message, cause: exception },
    { status, type: status >= 500 ? 'server_error' : 'invalid_request_error', code: status >= 500 ? code : null },
  );
}

/**
 * Writes an error as the whole answer, unless an answer has begun already.
 * @returns the request id on it.
 */
export function writeError(
  response: ServerResponse,
  error: GatewayError,
  requestId: string = uuidv7(),
  form: ErrorForm = OPENAI_ERROR_FORM,
): string {
  if (response.headersSent) {
    response.destroy();
    return requestId;
  }
  const body = Buffer.from(JSON.stringify(form.bodyOf(error, requestId)));
  const headers: Record<string, string | number> = {
    'content-type': form.contentType,
    'content-length': body.length,
    'x-request-id': requestId,
  };
  if (error.retryAfter !== undefined) headers['retry-after'] = Math.ceil(error.retryAfter);
  if (error.shouldRetry !== undefined) headers['x-should-retry'] = String(error.shouldRetry);
  // The rest of a body that nobody is going to read must not be taken for the next request.
  if (hasUnreadBody(response.req)) headers['connection'] = 'close';
  response.writeHead(error.status, headers);
  response.end(body);
  return requestId;
}

function hasUnreadBody({ complete, headers }: IncomingMessage): boolean {
  return !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0);
}
