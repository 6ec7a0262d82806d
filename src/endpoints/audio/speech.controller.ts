import { Controller, Post, Req, Res } from '@nestjs/common';
import { type GatewayRequest } from '../../auth/api-key.guard.js';
import { type PlatformResponse } from '../../http/node-http.js';
import { TEXT } from '../../protocol/json-schema.js';
import { Described } from '../described.decorator.js';
import { EndpointHandler } from '../endpoint-handler.js';
import { GatewayRoute } from '../gateway-route.decorator.js';
import { JSON_ENDPOINTS } from '../json-endpoints.js';
import { SPEECH_REQUEST } from './audio.schemas.js';
import { FILE } from '../request-shape.js';

/** @see https://platform.openai.com/docs/api-reference/audio/createSpeech */
@GatewayRoute()
@Controller('v1')
export class SpeechController {
  constructor(private readonly handler: EndpointHandler) {}

  @Post('audio/speech')
  @Described({
    operationId: 'createSpeech',
    summary: 'Speak a text',
    json: SPEECH_REQUEST,
    answer: { 'audio/*': FILE, 'text/event-stream': TEXT },
  })
  create(@Req() request: GatewayRequest, @Res() response: PlatformResponse): Promise<void> {
    return this.handler.handle(request, response, JSON_ENDPOINTS['/v1/audio/speech']);
  }
}
