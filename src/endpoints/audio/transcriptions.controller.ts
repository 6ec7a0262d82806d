import { Controller, Post, Req, Res } from '@nestjs/common';
import { type GatewayRequest } from '../../auth/api-key.guard.js';
import { TRANSCRIPTIONS, TRANSLATIONS } from '../../events/operation.js';
import { type PlatformResponse } from '../../http/node-http.js';
import { TEXT } from '../../protocol/json-schema.js';
import { Described } from '../described.decorator.js';
import { EndpointHandler } from '../endpoint-handler.js';
import { type Endpoint } from '../endpoint.js';
import { GatewayRoute } from '../gateway-route.decorator.js';
import { checkTranscription, checkTranslation } from './audio.dto.js';
import { TRANSCRIPT, TRANSCRIPTION_REQUEST, TRANSLATION_REQUEST } from './audio.schemas.js';

const AUDIO_TRANSCRIPTIONS: Endpoint = { operation: TRANSCRIPTIONS, body: 'multipart', check: checkTranscription };
const AUDIO_TRANSLATIONS: Endpoint = { operation: TRANSLATIONS, body: 'multipart', check: checkTranslation };

/**
 * Recordings as text: in their own language, or in English.
 * @see https://platform.openai.com/docs/api-reference/audio
 */
@GatewayRoute()
@Controller('v1/audio')
export class TranscriptionsController {
  constructor(private readonly handler: EndpointHandler) {}

  @Post('transcriptions')
  @Described({
    operationId: 'createTranscription',
    summary: 'Write down a recording',
    form: TRANSCRIPTION_REQUEST,
    answer: { 'application/json': TRANSCRIPT, 'text/plain': TEXT, 'text/event-stream': TEXT },
  })
  transcribe(@Req() request: GatewayRequest, @Res() response: PlatformResponse): Promise<void> {
    return this.handler.handle(request, response, AUDIO_TRANSCRIPTIONS);
  }

  @Post('translations')
  @Described({
    operationId: 'createTranslation',
    summary: 'Write down a recording in English',
    form: TRANSLATION_REQUEST,
    answer: { 'application/json': TRANSCRIPT, 'text/plain': TEXT },
  })
  translate(@Req() request: GatewayRequest, @Res() response: PlatformResponse): Promise<void> {
    return this.handler.handle(request, response, AUDIO_TRANSLATIONS);
  }
}
