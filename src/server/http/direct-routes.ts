import { type ServerResponse } from 'node:http';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ApiKeyGuard, type AuthenticatedRequest } from '../../auth/api-key.guard.js';
import { EndpointHandler } from '../../endpoints/endpoint-handler.js';
import { type JsonEndpoint } from '../../endpoints/endpoint.js';
import { JSON_ENDPOINTS } from '../../endpoints/json-endpoints.js';
import { OpenAiErrorFilter } from '../../errors/openai-error.filter.js';
import { type NestgateHttpAdapter } from './nestgate-http.adapter.js';

/**
 * The standalone server's short way to the endpoints whose requests are JSON: key, call and errors as their controllers
 * have them, without what Express and Nest put round a controller for a host's guards, pipes and interceptors. The server
 * has none, and that takes a tenth of a call (docs/decisions.md). Whoever spells the path in another way that Express
 * takes for the same meets the controller.
 */
@Injectable()
export class DirectRoutes implements OnModuleInit {
  constructor(
    private readonly adapterHost: HttpAdapterHost<NestgateHttpAdapter>,
    private readonly guard: ApiKeyGuard,
    private readonly handler: EndpointHandler,
    private readonly filter: OpenAiErrorFilter,
  ) {}

  onModuleInit(): void {
    for (const [path, endpoint] of Object.entries(JSON_ENDPOINTS)) {
      this.adapterHost.httpAdapter.postDirectly(path, (request, response) => {
        void this.answer(request, response, endpoint);
      });
    }
  }

  private async answer(request: AuthenticatedRequest, response: ServerResponse, endpoint: JsonEndpoint): Promise<void> {
    try {
      const authenticated = this.guard.authenticate(request);
      if (authenticated instanceof Promise) await authenticated;
      await this.handler.handle(request, response, endpoint);
    } catch (error) {
      this.filter.answer(response, error);
    }
  }
}
