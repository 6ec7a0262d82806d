import { All, Controller, UseFilters } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import { OpenAiErrorFilter } from '../errors/openai-error.filter.js';

/** Answers the methods that the gateway's routes do not take. Stands after their controllers. */
@UseFilters(OpenAiErrorFilter)
@Controller('v1')
export class MethodNotAllowedController {
  @All(['chat/completions', 'models', 'models/*name'])
  refuse(): never {
    throw new GatewayError('method_not_allowed');
  }
}
