import { applyDecorators, UseFilters, UseGuards } from '@nestjs/common';
import { ApiKeyGuard } from '../auth/api-key.guard.js';
import { OpenAiErrorFilter } from '../errors/openai-error.filter.js';

/**
 * What every route of the gateway has in common: the guard, and errors in OpenAI's envelope. Put on them here, and only
 * here: a guard or filter registered for the application would wrap a host's own routes as well.
 */
export const GatewayRoute = (): ClassDecorator & MethodDecorator =>
  applyDecorators(UseGuards(ApiKeyGuard), UseFilters(OpenAiErrorFilter));
