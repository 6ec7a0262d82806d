import { Controller, Post, Req, Res } from '@nestjs/common';
import { type GatewayRequest } from '../../auth/api-key.guard.js';
import { type PlatformResponse } from '../../http/node-http.js';
import { Described } from '../described.decorator.js';
import { EndpointHandler } from '../endpoint-handler.js';
import { GatewayRoute } from '../gateway-route.decorator.js';
import { JSON_ENDPOINTS } from '../json-endpoints.js';
import { EMBEDDING_LIST, EMBEDDING_REQUEST } from './embeddings.schemas.js';

/** @see https://platform.openai.com/docs/api-reference/embeddings/create */
@GatewayRoute()
@Controller('v1')
export class EmbeddingsController {
  constructor(private readonly handler: EndpointHandler) {}

  @Post('embeddings')
  @Described({
    operationId: 'createEmbedding',
    summary: 'Embed texts',
    json: EMBEDDING_REQUEST,
    answer: { 'application/json': EMBEDDING_LIST },
  })
  create(@Req() request: GatewayRequest, @Res() response: PlatformResponse): Promise<void> {
    return this.handler.handle(request, response, JSON_ENDPOINTS['/v1/embeddings']);
  }
}
