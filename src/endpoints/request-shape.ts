import { type JsonSchema, NamedSchema, orNull, type Schema } from '../protocol/json-schema.js';

type Members = Readonly<Record<string, Schema>>;

/** What a request may say: the one list of its parameters, for the check of names and for the OpenAPI document. */
export interface RequestShape {
  readonly schema: NamedSchema;
  readonly names: ReadonlySet<string>;
}

/** Of a JSON body. What may be left out may be `null` as well; what is not named goes to the provider as it is. */
export function jsonShape(name: string, required: Members, optional: Members, example: JsonSchema): RequestShape {
  return shapeOf(
    name,
    required,
    Object.fromEntries(Object.entries(optional).map(([at, one]) => [at, nullable(one)])),
    example,
  );
}

/** Of a form. Its files are binary, and what else it holds is text. */
export function formShape(name: string, required: Members, optional: Members): RequestShape {
  return shapeOf(name, required, optional, undefined);
}

function shapeOf(name: string, required: Members, optional: Members, example: JsonSchema | undefined): RequestShape {
  const properties: Members = { ...required, ...optional };
  const schema = new NamedSchema(name, {
    type: 'object',
    properties,
    required: Object.keys(required),
    ...(example === undefined ? {} : { examples: [example] }),
  });
  return { schema, names: new Set(Object.keys(properties)) };
}

function nullable(schema: Schema): JsonSchema {
  if (schema instanceof NamedSchema || typeof schema['type'] !== 'string' || 'enum' in schema) return orNull(schema);
  return { ...schema, type: [schema['type'], 'null'] };
}

export const whole = (minimum: number, maximum?: number): JsonSchema => ({
  type: 'integer',
  minimum,
  ...(maximum === undefined ? {} : { maximum }),
});
export const between = (minimum: number, maximum: number): JsonSchema => ({ type: 'number', minimum, maximum });
/** Text that says something. */
export const WORDS: JsonSchema = { type: 'string', minLength: 1 };
export const MODEL: JsonSchema = { type: 'string', minLength: 1, maxLength: 256 };
export const OBJECT: JsonSchema = { type: 'object' };
export const FILE: JsonSchema = { type: 'string', format: 'binary' };
export const anyOf = (...schemas: readonly Schema[]): JsonSchema => ({ anyOf: schemas });
/** A list that is not empty. */
export const some = (items: Schema): JsonSchema => ({ type: 'array', items, minItems: 1 });
