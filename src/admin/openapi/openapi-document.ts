import { Inject, Injectable, RequestMethod, type Type } from '@nestjs/common';
import { HTTP_CODE_METADATA, METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, Reflector } from '@nestjs/core';
import { referring, sorted } from '../../protocol/json-schema.js';
import { answerSchema, TEXT, WHOLE } from '../answer-schema.js';
import { NamedSchema, type ObjectSchema, patchSchemaOf, schemaOf } from '../json-schema.js';
import { NeedsScope } from '../needs-scope.decorator.js';
import { Documented, type RouteDocumentation } from '../route-documentation.decorator.js';

/** An OpenAPI document: `paths` as in `/admin/keys/{id}`. */
export interface OpenApi {
  readonly [member: string]: unknown;
  readonly paths: Readonly<Record<string, object>>;
}

interface Route {
  readonly operationId: string;
  readonly method: string;
  /** As in `/admin/keys/{id}`. */
  readonly path: string;
  readonly status: number;
  readonly scope: string | undefined;
  readonly documentation: RouteDocumentation;
}

const PROBLEM = answerSchema<{
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  param?: string;
  request_id: string;
}>(
  'Problem',
  { type: TEXT, title: TEXT, status: WHOLE, detail: TEXT, code: TEXT, param: TEXT, request_id: TEXT },
  undefined,
  ['param'],
);

const LICENSE = { name: 'Apache 2.0', identifier: 'Apache-2.0' };

const REFUSED = { content: { 'application/problem+json': { schema: PROBLEM } } };

/** The controllers of the administration. */
export const ADMIN_ROUTES = Symbol('nestgate.AdminRoutes');

/** Describes the administration, as the decorators of its routes do. */
@Injectable()
export class OpenApiDocument {
  constructor(
    @Inject(ADMIN_ROUTES) private readonly controllers: readonly Type<object>[],
    private readonly reflector: Reflector,
  ) {}

  /**
   * As it is where nothing stands before its routes.
   * @see https://spec.openapis.org/oas/v3.1.0
   */
  build(): OpenApi {
    const schemas = new Map<string, unknown>();
    const paths: Record<string, Record<string, unknown>> = {};
    for (const route of this.routes()) {
      paths[route.path] = { ...paths[route.path], [route.method]: referring(operationOf(route), schemas) };
    }
    return {
      openapi: '3.1.0',
      info: { title: 'Nestgate administration', version: '1', license: LICENSE },
      servers: [{ url: '/' }],
      paths,
      components: {
        securitySchemes: { adminToken: { type: 'http', scheme: 'bearer' } },
        schemas: sorted(schemas),
      },
    };
  }

  private routes(): Route[] {
    return this.controllers.flatMap((controller) => {
      const prototype = controller.prototype as Record<string, object>;
      return new MetadataScanner().getAllMethodNames(prototype).flatMap((name) => {
        const handler = prototype[name] as () => unknown;
        const documentation = this.reflector.get(Documented, handler) as RouteDocumentation | undefined;
        if (documentation === undefined) return [];
        const method = this.reflector.get<RequestMethod>(METHOD_METADATA, handler);
        const base = this.reflector.get<string>(PATH_METADATA, controller);
        const path = `/${base}/${this.reflector.get<string>(PATH_METADATA, handler)}`.replaceAll(/\/+/g, '/');
        const status = this.reflector.get<number | undefined>(HTTP_CODE_METADATA, handler);
        return {
          operationId: `${controller.name.replace(/Controller$/, '')}_${name}`,
          method: RequestMethod[method].toLowerCase(),
          path: path.replace(/(.)\/$/, '$1').replaceAll(/:(\w+)/g, '{$1}'),
          status: status ?? (method === RequestMethod.POST ? 201 : 200),
          scope: this.reflector.get(NeedsScope, handler) as string | undefined,
          documentation,
        };
      });
    });
  }
}

function operationOf({ operationId, path, status, scope, documentation }: Route): object {
  const { summary, body, isBodyOptional } = documentation;
  return {
    operationId,
    summary,
    tags: [operationId.split('_')[0]],
    security: scope === undefined ? [] : [{ adminToken: [scope] }],
    parameters: parametersOf(path, documentation),
    ...(body === undefined ? {} : { requestBody: bodyOf({ ...documentation, body }, isBodyOptional !== true) }),
    responses: {
      [String(status)]: answerOf(documentation),
      ...(scope === undefined
        ? { '4XX': { description: 'It was asked in the wrong way.', ...REFUSED } }
        : {
            401: { description: 'There is no token, or none that is good.', ...REFUSED },
            403: { description: `The token lacks the scope ${scope}.`, ...REFUSED },
          }),
      default: { description: 'It was not done.', ...REFUSED },
    },
  };
}

function parametersOf(path: string, { query, ifMatch, isIdempotent }: RouteDocumentation): object[] {
  const { properties = {}, required = [] }: Partial<ObjectSchema> = query === undefined ? {} : schemaOf(query);
  const header = (name: string, isRequired: boolean): object => ({
    name,
    in: 'header',
    required: isRequired,
    schema: TEXT,
  });
  return [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: TEXT })),
    ...Object.entries(properties).map(([name, schema]) => ({
      name,
      in: 'query',
      required: required.includes(name),
      schema,
      ...(schema['type'] === 'array' && { style: 'form', explode: false }),
    })),
    ...(ifMatch === undefined ? [] : [header('If-Match', ifMatch === 'required')]),
    ...(isIdempotent === undefined ? [] : [header('Idempotency-Key', false)]),
  ];
}

function bodyOf(
  { body, isPatch }: RouteDocumentation & Required<Pick<RouteDocumentation, 'body'>>,
  required: boolean,
): object {
  const name = body.name.replace(/(?:Body|Settings)$/, '');
  const schema =
    isPatch === undefined
      ? new NamedSchema(`${name}Body`, schemaOf(body))
      : new NamedSchema(`${name}Patch`, patchSchemaOf(body));
  return { required, content: { 'application/json': { schema } } };
}

function answerOf({ answer }: RouteDocumentation): object {
  if (answer === undefined) return { description: 'Done.' };
  const content = answer instanceof NamedSchema ? { 'application/json': answer } : answer;
  const media = Object.entries(content).map(([type, schema]) => [type, { schema }]);
  return { description: 'The answer.', content: Object.fromEntries(media) as object };
}
