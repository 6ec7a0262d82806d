import { Controller, Post, Req, Res } from '@nestjs/common';
import { type GatewayRequest } from '../../auth/api-key.guard.js';
import { IMAGES } from '../../events/operation.js';
import { type PlatformResponse } from '../../http/node-http.js';
import { TEXT } from '../../protocol/json-schema.js';
import { Described } from '../described.decorator.js';
import { EndpointHandler } from '../endpoint-handler.js';
import { type Endpoint } from '../endpoint.js';
import { GatewayRoute } from '../gateway-route.decorator.js';
import { checkImageGenerationRequest } from './image-generations.dto.js';
import { IMAGE_REQUEST, IMAGES as IMAGE_LIST } from './images.schemas.js';

const CREATE_IMAGE: Endpoint = { operation: IMAGES, check: checkImageGenerationRequest };

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
    return this.handler.handle(request, response, CREATE_IMAGE);
  }
}
