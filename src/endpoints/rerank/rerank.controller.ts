import { Controller, Post, Req, Res } from '@nestjs/common';
import { type GatewayRequest } from '../../auth/api-key.guard.js';
import { type PlatformResponse } from '../../http/node-http.js';
import { Described } from '../described.decorator.js';
import { EndpointHandler } from '../endpoint-handler.js';
import { GatewayRoute } from '../gateway-route.decorator.js';
import { JSON_ENDPOINTS } from '../json-endpoints.js';
import { RANKING, RERANK_REQUEST } from './rerank.schemas.js';

/**
 * OpenAI has no such route: this is Cohere's, at the addresses of both its versions, so that its client finds it.
 * @see https://docs.cohere.com/reference/rerank
 */
@GatewayRoute()
@Controller(['v1', 'v2'])
export class RerankController {
  constructor(private readonly handler: EndpointHandler) {}

  @Post('rerank')
  @Described({
    operationId: 'rerank',
    summary: 'Rank documents by a query',
    json: RERANK_REQUEST,
    answer: { 'application/json': RANKING },
  })
  create(@Req() request: GatewayRequest, @Res() response: PlatformResponse): Promise<void> {
    return this.handler.handle(request, response, JSON_ENDPOINTS['/v1/rerank']);
  }
}
