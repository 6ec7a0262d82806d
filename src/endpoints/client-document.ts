import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, Reflector } from '@nestjs/core';
import { type OpenAiErrorBody } from '../protocol/openai-error.js';
import { type JsonSchema, NamedSchema, oneOf, orNull, referring, sorted, TEXT } from '../protocol/json-schema.js';
import { REQUEST_TAG } from '../protocol/request-tag.js';
import { Described, type EndpointDescription } from './described.decorator.js';

const ERROR_MEMBERS: Record<keyof OpenAiErrorBody['error'], JsonSchema> = {
  message: TEXT,
  type: TEXT,
  param: orNull(TEXT),
  code: orNull(TEXT),
};
const ERROR = new NamedSchema('Error', {
  type: 'object',
  properties: { error: { type: 'object', properties: ERROR_MEMBERS, required: Object.keys(ERROR_MEMBERS) } },
  required: ['error'],
});
const REFUSED = { content: { 'application/json': { schema: ERROR } } };

const REQUEST_ID = { description: 'Of the request: the id of its usage record.', schema: TEXT };

/** What every request to do work may say beside its body. */
const HEADERS = [
  { name: 'Idempotency-Key', in: 'header', required: false, schema: TEXT },
  {
    name: 'x-nestgate-tag',
    in: 'header',
    required: false,
    schema: { type: 'string', pattern: REQUEST_TAG.source },
  },
  { name: 'x-nestgate-parameters', in: 'header', required: false, schema: oneOf('strict', 'warn', 'drop') },
];

/**
 * Describes the endpoints of clients, as the decorators of their routes do.
 * @param controllers those of one gateway.
 * @see https://spec.openapis.org/oas/v3.1.0
 */
export function clientDocument(controllers: readonly Type<object>[]): JsonSchema {
  const schemas = new Map<string, unknown>();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const controller of controllers) {
    for (const { method, path, operation } of operationsOf(controller)) {
      paths[path] = { ...paths[path], [method]: referring(operation, schemas) };
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Nestgate', version: '1', license: { name: 'Apache 2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    security: [{ apiKey: [] }],
    paths,
    components: { securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } }, schemas: sorted(schemas) },
  };
}

function operationsOf(controller: Type<object>): { method: string; path: string; operation: object }[] {
  const reflector = new Reflector();
  const prototype = controller.prototype as Record<string, () => unknown>;
  return new MetadataScanner().getAllMethodNames(prototype).flatMap((name) => {
    const handler = prototype[name];
    const description = handler && (reflector.get(Described, handler) as EndpointDescription | undefined);
    if (handler === undefined || description === undefined) return [];
    const method = RequestMethod[reflector.get<RequestMethod>(METHOD_METADATA, handler)].toLowerCase();
    // Of several ways to write the rest of a path the first one is told.
    const [rest = ''] = [reflector.get<string | string[]>(PATH_METADATA, handler)].flat();
    const bases = [reflector.get<string | string[]>(PATH_METADATA, controller)].flat();
    return bases.map((base, index) => ({
      method,
      path: `/${base}/${rest}`.replaceAll(/\/+/g, '/').replaceAll(/:(\w+)/g, '{$1}'),
      operation: operationOf(description, rest, index === 0 ? '' : `In${base.replaceAll(/\W/g, '')}`),
    }));
  });
}

function operationOf(
  { operationId, summary, json, form, answer }: EndpointDescription,
  path: string,
  suffix: string,
): object {
  const content = {
    ...(json && { 'application/json': { schema: json.schema } }),
    ...(form && { 'multipart/form-data': { schema: form.schema } }),
  };
  const hasBody = Object.keys(content).length > 0;
  return {
    operationId: `${operationId}${suffix}`,
    summary,
    parameters: [
      ...[...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: TEXT })),
      ...(hasBody ? HEADERS : []),
    ],
    ...(hasBody ? { requestBody: { required: true, content } } : {}),
    responses: {
      200: {
        description:
          hasBody && 'text/event-stream' in answer ? 'The answer; as events where it is streamed.' : 'The answer.',
        headers: { 'x-request-id': REQUEST_ID },
        content: Object.fromEntries(Object.entries(answer).map(([type, schema]) => [type, { schema }])),
      },
      401: { description: 'There is no key, or none that is good.', ...REFUSED },
      429: { description: 'Too much was asked, or the budget is spent.', ...REFUSED },
      default: { description: 'It was not done.', ...REFUSED },
    },
  };
}
