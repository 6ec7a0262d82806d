import { type ServerResponse, STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Injectable, Logger } from '@nestjs/common';
import { PROBLEM_FORM } from '../errors/error-form.js';
import { GatewayError } from '../errors/gateway-error.js';
import { writeError } from '../errors/openai-error.filter.js';
import { type AdminRequest } from './administrator.js';

/** Answers whatever is thrown on the administration's routes as problem details (RFC 9457). */
@Injectable()
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  catch(exception: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Partial<AdminRequest>>();
    const error = toProblem(exception);
    const requestId = writeError(
      host.switchToHttp().getResponse<ServerResponse>(),
      error,
      request.requestId,
      PROBLEM_FORM,
    );
    if (error.code === 'server_error') this.logger.error(`Request ${requestId} failed`, error.cause ?? error);
  }
}

/** Frameworks put the caller's input into their messages (the URL, a value), so only the status of theirs is kept. */
function toProblem(exception: unknown): GatewayError {
  if (!(exception instanceof HttpException)) return GatewayError.from(exception);
  const status = exception.getStatus();
  if (exception.cause instanceof URIError) return new GatewayError('malformed_http', { cause: exception });
  if (status === 404) return new GatewayError('unknown_url', { cause: exception });
  const isFault = status >= 500;
  const code = isFault ? 'server_error' : 'request_refused';
  const type = isFault ? 'server_error' : 'invalid_request_error';
  const message = `${STATUS_CODES[status] ?? 'Refused'}.`;
  return new GatewayError(code, { message, cause: exception }, { status, type, code });
}
