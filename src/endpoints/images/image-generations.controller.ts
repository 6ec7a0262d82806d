import { Controller, Post, Req, Res } from '@nestjs/common';
import { type GatewayRequest } from '../../auth/api-key.guard.js';
import { type PlatformResponse } from '../../http/node-http.js';
import { TEXT } from '../../protocol/json-schema.js';
import { Described } from '../described.decorator.js';
import { EndpointHandler } from '../endpoint-handler.js';
import { GatewayRoute } from '../gateway-route.decorator.js';
import { JSON_ENDPOINTS } from '../json-endpoints.js';
import { IMAGE_REQUEST, IMAGES as IMAGE_LIST } from './images.schemas.js';

/** @see https://platform.openai.com/docs/api-reference/images/create */
@GatewayRoute()
@Controller('v1')
export class ImageGenerationsController {
  constructor(private readonly handler: EndpointHandler) {}

  @Post('images/generations')
  @Described({
    operationId: 'createImage',
    summary: 'Make images',
    json: IMAGE_REQUEST,
    answer: { 'application/json': IMAGE_LIST, 'text/event-stream': TEXT },
  })
  create(@Req() request: GatewayRequest, @Res() response: PlatformResponse): Promise<void> {
    return this.handler.handle(request, response, JSON_ENDPOINTS['/v1/images/generations']);
  }
}
