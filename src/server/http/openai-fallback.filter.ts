import { type IncomingMessage, STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, HttpException, Injectable } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { OpenAiErrorFilter } from '../../errors/openai-error.filter.js';
import { unknownUrl } from './unknown-url.js';

/**
 * The standalone server's global filter: answers what is thrown outside the gateway's own routes. Frameworks put the
 * caller's input into their messages (the URL, a path parameter), so only the status of theirs is kept.
 *
 * @example app.useGlobalFilters(new OpenAiFallbackFilter());
 */
@Injectable()
@Catch()
export class OpenAiFallbackFilter extends OpenAiErrorFilter {
  override catch(exception: unknown, host: ArgumentsHost): void {
    const error = toFallbackError(exception);
    const { url = '' } = host.switchToHttp().getRequest<IncomingMessage>();
    super.catch(error.code === 'unknown_url' ? unknownUrl(url, error.cause) : error, host);
  }
}

/** Any value thrown outside the gateway's routes as an error that tells nothing about its request. */
export function toFallbackError(exception: unknown): GatewayError {
  // Express cannot decode the percent-encoding of a path parameter; Nest wraps what Express throws.
  const cause = exception instanceof HttpException ? exception.cause : exception;
  if (cause instanceof URIError) return new GatewayError('malformed_http', { cause: exception });
  if (!(exception instanceof HttpException)) return GatewayError.from(exception);
  const status = exception.getStatus();
  if (status === 404) return new GatewayError('unknown_url', { cause: exception });
  if (status >= 500) return new GatewayError('server_error', { cause: exception });
  const message = `${STATUS_CODES[status] ?? 'Refused'}.`;
  const shown = { status, type: 'invalid_request_error', code: null };
  return new GatewayError('request_refused', { message, cause: exception }, shown);
}
