import { isObject } from './json.js';

/** JSON Schema 2020-12, as OpenAPI 3.1 has it. Within it may be named ones. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A schema that a document has once, under its name. */
export class NamedSchema {
  constructor(
    readonly name: string,
    readonly schema: JsonSchema,
  ) {}
}

export type Schema = JsonSchema | NamedSchema;

export const TEXT: JsonSchema = { type: 'string' };
export const WHOLE: JsonSchema = { type: 'integer' };
export const NUMBER: JsonSchema = { type: 'number' };
export const FLAG: JsonSchema = { type: 'boolean' };

export const orNull = (schema: Schema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });
export const listOf = (items: Schema): JsonSchema => ({ type: 'array', items });
export const oneOf = (...values: readonly string[]): JsonSchema => ({ type: 'string', enum: values });

/** With a reference in place of each schema that has a name. @param schemas takes those. */
export function referring(value: unknown, schemas: Map<string, unknown>): unknown {
  if (value instanceof NamedSchema) {
    const { name, schema } = value;
    if (!schemas.has(name)) schemas.set(name, referring(schema, schemas));
    return { $ref: `#/components/schemas/${name}` };
  }
  if (Array.isArray(value)) return value.map((item) => referring(item, schemas));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, referring(member, schemas)]));
}

/** What the components of a document have of them. */
export function sorted(schemas: ReadonlyMap<string, unknown>): Record<string, unknown> {
  return Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
}
