import { type ServerResponse } from 'node:http';
import { All, Controller, Res, UseFilters } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import { OpenAiErrorFilter } from '../errors/openai-error.filter.js';

/** Answers the methods that the gateway's routes do not take. Stands after their controllers. */
@UseFilters(OpenAiErrorFilter)
@Controller('v1')
export class MethodNotAllowedController {
  @All('chat/completions')
  onlyPost(@Res() response: ServerResponse): never {
    refuse(response, 'POST');
  }

  @All(['models', 'models/*name'])
  onlyGet(@Res() response: ServerResponse): never {
    refuse(response, 'GET, HEAD');
  }
}

function refuse(response: ServerResponse, allowed: string): never {
  response.setHeader('allow', allowed);
  throw new GatewayError('method_not_allowed');
}
