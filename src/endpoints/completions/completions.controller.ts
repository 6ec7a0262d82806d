import { Controller, Post, Req, Res } from '@nestjs/common';
import { type GatewayRequest } from '../../auth/api-key.guard.js';
import { type PlatformResponse } from '../../http/node-http.js';
import { TEXT } from '../../protocol/json-schema.js';
import { Described } from '../described.decorator.js';
import { EndpointHandler } from '../endpoint-handler.js';
import { GatewayRoute } from '../gateway-route.decorator.js';
import { JSON_ENDPOINTS } from '../json-endpoints.js';
import { COMPLETION, COMPLETION_REQUEST } from './completions.schemas.js';

/** @see https://platform.openai.com/docs/api-reference/completions/create */
@GatewayRoute()
@Controller('v1')
export class CompletionsController {
  constructor(private readonly handler: EndpointHandler) {}

  @Post('completions')
  @Described({
    operationId: 'createCompletion',
    summary: 'Complete a text',
    json: COMPLETION_REQUEST,
    answer: { 'application/json': COMPLETION, 'text/event-stream': TEXT },
  })
  create(@Req() request: GatewayRequest, @Res() response: PlatformResponse): Promise<void> {
    return this.handler.handle(request, response, JSON_ENDPOINTS['/v1/completions']);
  }
}
