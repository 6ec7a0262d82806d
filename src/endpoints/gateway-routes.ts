import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner } from '@nestjs/core';
import { ConfigurationError } from '../errors/configuration-error.js';
import { SpeechController } from './audio/speech.controller.js';
import { TranscriptionsController } from './audio/transcriptions.controller.js';
import { ChatCompletionsController } from './chat-completions/chat-completions.controller.js';
import { CompletionsController } from './completions/completions.controller.js';
import { EmbeddingsController } from './embeddings/embeddings.controller.js';
import { ImageEditsController } from './images/image-edits.controller.js';
import { ImageGenerationsController } from './images/image-generations.controller.js';
import { methodNotAllowed } from './method-not-allowed.js';
import { basesOf, joined, listOf, mounted, type MountSettings } from './mounted.js';
import { ModelsController } from './models/models.controller.js';
import { ModerationsController } from './moderations/moderations.controller.js';
import { RerankController } from './rerank/rerank.controller.js';

const CONTROLLERS = {
  chat: ChatCompletionsController,
  completions: CompletionsController,
  embeddings: EmbeddingsController,
  imageEdits: ImageEditsController,
  images: ImageGenerationsController,
  moderations: ModerationsController,
  rerank: RerankController,
  speech: SpeechController,
  transcriptions: TranscriptionsController,
  models: ModelsController,
};

/** What a gateway can serve. */
export type GatewayEndpoint = keyof typeof CONTROLLERS;

export interface RouteSettings extends MountSettings {
  /** `null` for all. */
  readonly endpoints: readonly GatewayEndpoint[] | null;
}

/**
 * The controllers of one gateway.
 * @throws ConfigurationError
 */
export function gatewayRoutes({ endpoints, ...settings }: RouteSettings): Type[] {
  const served = (endpoints ?? Object.keys(CONTROLLERS)).map(controllerOf);
  const posted = served.flatMap((controller) => pathsOf(controller, RequestMethod.POST));
  const read = served.flatMap((controller) => pathsOf(controller, RequestMethod.GET));
  // After the routes that they stand in for.
  if (posted.length > 0) served.push(methodNotAllowed(posted, 'POST'));
  if (read.length > 0) served.push(methodNotAllowed(read, 'GET, HEAD'));
  return served.map((controller) => mounted(controller, settings));
}

function controllerOf(endpoint: string): Type {
  if (Object.hasOwn(CONTROLLERS, endpoint)) return CONTROLLERS[endpoint as GatewayEndpoint];
  const remedy = `use some of: ${Object.keys(CONTROLLERS).join(', ')}`;
  throw new ConfigurationError('endpoints', `names no endpoint that there is ("${endpoint}")`, remedy);
}

/** Where its routes for a method are. */
function pathsOf(controller: Type<object>, method: RequestMethod): string[] {
  const prototype = controller.prototype as Record<string, object>;
  return new MetadataScanner().getAllMethodNames(prototype).flatMap((name) => {
    const handler = prototype[name];
    if (handler === undefined || Reflect.getMetadata(METHOD_METADATA, handler) !== method) return [];
    const paths = listOf(Reflect.getMetadata(PATH_METADATA, handler));
    return basesOf(controller).flatMap((base) => paths.map((path) => joined(base, path)));
  });
}
