import { Controller, Delete, Get, Options, Patch, Post, Put, Res, type Type, UseFilters } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import { OpenAiErrorFilter } from '../errors/openai-error.filter.js';
import { nodeResponse, type PlatformResponse } from '../http/node-http.js';

/** One by one: beside a route of one method, Fastify takes none for all of them. */
const METHODS = { GET: Get, POST: Post, PUT: Put, PATCH: Patch, DELETE: Delete, OPTIONS: Options };

/**
 * Answers the methods that routes do not take.
 * @param paths of the routes.
 * @param allowed the methods that they take.
 */
export function methodNotAllowed(paths: readonly string[], allowed: 'POST' | 'GET, HEAD'): Type {
  const handlers = Object.entries(METHODS).filter(([method]) => !allowed.includes(method));
  class MethodNotAllowedController {}
  for (const [method, Route] of handlers) {
    const answer = {
      value: (response: PlatformResponse): never => {
        nodeResponse(response).setHeader('allow', allowed);
        throw new GatewayError('method_not_allowed');
      },
      writable: true,
      configurable: true,
    };
    Object.defineProperty(MethodNotAllowedController.prototype, method, answer);
    Res()(MethodNotAllowedController.prototype, method, 0);
    Route([...paths])(MethodNotAllowedController.prototype, method, answer);
  }
  UseFilters(OpenAiErrorFilter)(MethodNotAllowedController);
  Controller()(MethodNotAllowedController);
  return MethodNotAllowedController;
}
