import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  HttpCode,
  Post,
  Res,
  SetMetadata,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { ApiKeyGuard } from '../auth/api-key.guard.js';
import { OpenAiErrorFilter } from '../errors/openai-error.filter.js';
import { ENDPOINT_DEFINITION, type EndpointDefinition, type GatewayRequest } from './endpoint-definition.js';
import { GatewayInterceptor } from './gateway.interceptor.js';

/** What every route of the gateway has in common: the guard, and errors in OpenAI's envelope. */
export const GatewayRoute = (): ClassDecorator & MethodDecorator =>
  applyDecorators(UseGuards(ApiKeyGuard), UseFilters(OpenAiErrorFilter));

/**
 * A POST route whose handler is given a call and returns what dispatching it brought. All of the way round it (guard,
 * body, extensions, framing of the answer, errors) is put on here, and only here: an interceptor or filter registered
 * for the application would wrap a host's own routes as well.
 */
export function GatewayEndpoint(path: string, definition: EndpointDefinition): MethodDecorator {
  return applyDecorators(
    Post(path),
    HttpCode(200),
    GatewayRoute(),
    UseInterceptors(GatewayInterceptor),
    SetMetadata(ENDPOINT_DEFINITION, definition),
    writesItsOwnAnswer,
  );
}

/**
 * Nest leaves the answer of a handler alone when the handler takes the response as an argument. Ours do not need it
 * (the interceptor writes the answer), so one argument more than they declare is asked for.
 */
const writesItsOwnAnswer: MethodDecorator = (target, name, descriptor) => {
  const handler: unknown = descriptor.value;
  if (typeof handler === 'function') Res()(target, name, handler.length);
};

/** The call that the interceptor made of the request. */
export const Call = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<GatewayRequest>().call,
);
