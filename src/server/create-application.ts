import { type DynamicModule, type INestApplication, type LoggerService, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type HttpSettings, NestgateHttpAdapter } from './http/nestgate-http.adapter.js';
import { OpenAiFallbackFilter } from './http/openai-fallback.filter.js';

/**
 * The standalone application round a module: our HTTP adapter, no body parsers (the gateway reads bodies itself), and
 * every error in OpenAI's envelope. It is initialised, and does not listen yet.
 */
export async function createApplication(
  module: Type | DynamicModule,
  logger: LoggerService | false,
  http: HttpSettings = {},
): Promise<INestApplication> {
  const application = await NestFactory.create(module, new NestgateHttpAdapter(http), {
    bodyParser: false,
    logger,
    abortOnError: false,
  });
  application.useGlobalFilters(new OpenAiFallbackFilter());
  await application.init();
  return application;
}
