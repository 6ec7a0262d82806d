import { Controller, Post, Req, Res } from '@nestjs/common';
import { type GatewayRequest } from '../../auth/api-key.guard.js';
import { IMAGE_EDITS } from '../../events/operation.js';
import { type PlatformResponse } from '../../http/node-http.js';
import { TEXT } from '../../protocol/json-schema.js';
import { Described } from '../described.decorator.js';
import { EndpointHandler } from '../endpoint-handler.js';
import { type Endpoint } from '../endpoint.js';
import { GatewayRoute } from '../gateway-route.decorator.js';
import { checkImageEdit } from './image-edits.dto.js';
import { IMAGE_EDIT_REQUEST, IMAGES } from './images.schemas.js';

const EDITS: Endpoint = { operation: IMAGE_EDITS, body: 'multipart', check: checkImageEdit };

/** @see https://platform.openai.com/docs/api-reference/images/createEdit */
@GatewayRoute()
@Controller('v1/images')
export class ImageEditsController {
  constructor(private readonly handler: EndpointHandler) {}

  @Post('edits')
  @Described({
    operationId: 'createImageEdit',
    summary: 'Edit images',
    form: IMAGE_EDIT_REQUEST,
    answer: { 'application/json': IMAGES, 'text/event-stream': TEXT },
  })
  edit(@Req() request: GatewayRequest, @Res() response: PlatformResponse): Promise<void> {
    return this.handler.handle(request, response, EDITS);
  }
}
