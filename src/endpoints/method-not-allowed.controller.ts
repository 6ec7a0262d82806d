import { type ServerResponse } from 'node:http';
import { All, Controller, Res, UseFilters } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import { OpenAiErrorFilter } from '../errors/openai-error.filter.js';

const POSTED = [
  'v1/audio/speech',
  'v1/audio/transcriptions',
  'v1/audio/translations',
  'v1/chat/completions',
  'v1/completions',
  'v1/embeddings',
  'v1/images/edits',
  'v1/images/generations',
  'v1/moderations',
  'v1/rerank',
  'v2/rerank',
];

/** Answers the methods that the gateway's routes do not take. Stands after their controllers. */
@UseFilters(OpenAiErrorFilter)
@Controller()
export class MethodNotAllowedController {
  @All(POSTED)
  onlyPost(@Res() response: ServerResponse): never {
    refuse(response, 'POST');
  }

  @All(['v1/models', 'v1/models/*name'])
  onlyGet(@Res() response: ServerResponse): never {
    refuse(response, 'GET, HEAD');
  }
}

function refuse(response: ServerResponse, allowed: string): never {
  response.setHeader('allow', allowed);
  throw new GatewayError('method_not_allowed');
}
