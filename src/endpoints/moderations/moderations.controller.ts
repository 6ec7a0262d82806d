import { Controller, Post, Req, Res } from '@nestjs/common';
import { type GatewayRequest } from '../../auth/api-key.guard.js';
import { type PlatformResponse } from '../../http/node-http.js';
import { Described } from '../described.decorator.js';
import { EndpointHandler } from '../endpoint-handler.js';
import { GatewayRoute } from '../gateway-route.decorator.js';
import { JSON_ENDPOINTS } from '../json-endpoints.js';
import { MODERATION, MODERATION_REQUEST } from './moderations.schemas.js';

/** @see https://platform.openai.com/docs/api-reference/moderations/create */
@GatewayRoute()
@Controller('v1')
export class ModerationsController {
  constructor(private readonly handler: EndpointHandler) {}

  @Post('moderations')
  @Described({
    operationId: 'createModeration',
    summary: 'Judge texts and images',
    json: MODERATION_REQUEST,
    answer: { 'application/json': MODERATION },
  })
  create(@Req() request: GatewayRequest, @Res() response: PlatformResponse): Promise<void> {
    return this.handler.handle(request, response, JSON_ENDPOINTS['/v1/moderations']);
  }
}
