import { GatewayError } from '../../errors/gateway-error.js';
import { isObject } from '../../protocol/json.js';

type Schema = Record<string, unknown>;

/**
 * A JSON Schema for models that take it whole. Two things are written otherwise, since the API refuses or overlooks
 * them: what stands beside a `$ref` (which becomes the one member of an `anyOf`), and `const` (an `enum` of one).
 * Keywords beyond those that Google lists are passed on: it ignores them.
 *
 * @see https://ai.google.dev/api/generate-content#FIELDS.response_json_schema
 */
export function toJsonSchema(schema: Schema): Schema {
  const { $ref: reference, const: constant, ...rest } = mapSubschemas(schema, toJsonSchema);
  const fitted: Schema = { ...rest };
  if (typeof constant === 'string' || typeof constant === 'number') fitted['enum'] ??= [constant];
  else if (constant !== undefined) fitted['const'] = constant;
  if (reference === undefined) return fitted;
  const isAlone = Object.keys(fitted).every((name) => name.startsWith('$'));
  return isAlone ? { ...fitted, $ref: reference } : { ...fitted, anyOf: [{ $ref: reference }] };
}

/**
 * A JSON Schema in the subset of OpenAPI's that earlier models take:
 *
 * - references are put in; one that leads back into itself becomes an object without properties, since the subset knows
 *   no recursion;
 * - `type: ['string', 'null']`, `anyOf` with `null` and the like become `nullable`;
 * - several types, and `oneOf`, become `anyOf`; an `allOf` is merged;
 * - `const` becomes an `enum`, an `enum` is of strings, `exclusiveMinimum` of an integer becomes `minimum`;
 * - formats that the API refuses, and keywords it does not know (`additionalProperties`, `$schema`, `patternProperties`,
 *   …), are left out: they only narrow what a model would say anyway.
 *
 * @throws GatewayError where the references put in make it too large.
 * @see https://ai.google.dev/api/caching#Schema
 */
export function toOpenApiSchema(schema: Schema): Schema {
  return lowered(schema, { root: schema, left: MAX_SCHEMAS }, []);
}

/** What references put in can grow without bounds, each twice as large as the one before. */
const MAX_SCHEMAS = 5_000;
/** References within references; what lies deeper is an object of anything. */
const MAX_REFERENCES = 32;

interface Lowering {
  readonly root: Schema;
  /** How many more schemas may be written. */
  left: number;
}

/** Passed on as they are. */
const KEYWORDS: ReadonlySet<string> = new Set([
  'title',
  'description',
  'nullable',
  'default',
  'example',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'minLength',
  'maxLength',
  'pattern',
  'minimum',
  'maximum',
  'required',
  'propertyOrdering',
]);

const FORMATS: ReadonlySet<unknown> = new Set(['enum', 'date-time', 'float', 'double', 'int32', 'int64']);

const TYPES: ReadonlySet<unknown> = new Set(['string', 'number', 'integer', 'boolean', 'array', 'object']);

/** @param path the references that led here, to notice one that leads back. */
function lowered(schema: Schema, lowering: Lowering, path: readonly string[]): Schema {
  if (lowering.left-- <= 0) {
    throw new GatewayError('invalid_value', { message: 'A JSON schema is too large with its references put in.' });
  }
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    const { $ref: _reference, ...beside } = schema;
    const target = isFollowed(reference, path) ? resolve(reference, lowering.root) : undefined;
    if (target === undefined) return { ...lowered(beside, lowering, path), type: 'OBJECT' };
    return lowered({ ...target, ...beside }, lowering, [...path, reference]);
  }
  const { schema: merged, path: trail } = flattened(schema, lowering.root, path);
  const inner = (value: unknown): Schema => (isObject(value) ? lowered(value, lowering, trail) : {});
  const result: Schema = Object.fromEntries(Object.entries(merged).filter(([name]) => KEYWORDS.has(name)));
  if (FORMATS.has(merged['format'])) result['format'] = merged['format'];
  Object.assign(result, bounds(merged), choices(merged));
  const { properties, items, prefixItems } = merged;
  if (isObject(properties)) {
    result['properties'] = Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, inner(one)]));
    narrowRequired(result, properties);
  }
  if (isObject(items)) result['items'] = inner(items);
  else if (Array.isArray(prefixItems)) result['items'] = anyOf(prefixItems.map(inner));
  const alternatives = merged['anyOf'] ?? merged['oneOf'];
  const types = typesOf(merged);
  const isNullable = types.includes('null') || (Array.isArray(alternatives) && alternatives.some(isNull));
  if (isNullable) result['nullable'] = true;
  if (Array.isArray(alternatives)) {
    const others = alternatives.filter((one) => !isNull(one)).map(inner);
    Object.assign(result, others.length === 1 ? { ...others[0], ...result } : { anyOf: others });
  }
  return { ...result, ...typed(types, result) };
}

function typesOf({ type }: Schema): unknown[] {
  return Array.isArray(type) ? type : type === undefined ? [] : [type];
}

/** @returns the `type`, or an `anyOf` of several; one that says what the other keywords imply where there is none. */
function typed(types: readonly unknown[], result: Schema): Schema {
  const known = types.filter((type) => TYPES.has(typeof type === 'string' ? type.toLowerCase() : type)).map(String);
  const [only] = known;
  if (known.length > 1) return { anyOf: known.map((type) => ({ type: type.toUpperCase() })) };
  if (only !== undefined) {
    const type = only.toUpperCase();
    return { type, ...(type === 'ARRAY' && result['items'] === undefined ? { items: {} } : {}) };
  }
  if (result['anyOf'] !== undefined || result['type'] !== undefined) return {};
  if (result['properties'] !== undefined) return { type: 'OBJECT' };
  if (result['items'] !== undefined) return { type: 'ARRAY' };
  return result['enum'] === undefined ? {} : { type: 'STRING' };
}

function bounds({ type, exclusiveMinimum, exclusiveMaximum }: Schema): Schema {
  const step = type === 'integer' ? 1 : 0;
  return {
    ...(typeof exclusiveMinimum === 'number' ? { minimum: exclusiveMinimum + step } : {}),
    ...(typeof exclusiveMaximum === 'number' ? { maximum: exclusiveMaximum - step } : {}),
  };
}

/** The API takes an `enum` only of strings: of others, the values are told in words. */
function choices({ enum: values, const: constant, type, description }: Schema): Schema {
  const allowed: unknown[] = Array.isArray(values) ? values : constant === undefined ? [] : [constant];
  const shown = allowed.filter((value) => value !== null);
  if (shown.length === 0) return {};
  const types = typesOf({ type });
  const areTexts =
    shown.every((value) => typeof value === 'string') && (types.length === 0 || types.includes('string'));
  if (areTexts) return { enum: shown };
  const words = `One of: ${shown.map((value) => JSON.stringify(value)).join(', ')}.`;
  return { description: typeof description === 'string' ? `${description} ${words}` : words };
}

/** The API refuses names in `required` that are no properties. */
function narrowRequired(result: Schema, properties: Schema): void {
  const { required } = result;
  if (Array.isArray(required))
    result['required'] = required.filter((name) => typeof name === 'string' && Object.hasOwn(properties, name));
}

function isFollowed(reference: string, path: readonly string[]): boolean {
  return path.length < MAX_REFERENCES && !path.includes(reference);
}

/** An `allOf` merged into what stands beside it, and the references that were followed. */
function flattened(schema: Schema, root: Schema, path: readonly string[]): { schema: Schema; path: readonly string[] } {
  const { allOf, ...rest } = schema;
  if (!Array.isArray(allOf)) return { schema, path };
  let merged: Schema = rest;
  let trail = [...path];
  for (const one of allOf.filter(isObject)) {
    const reference = one['$ref'];
    let target: Schema = one;
    if (typeof reference === 'string') {
      if (!isFollowed(reference, trail)) continue;
      target = resolve(reference, root) ?? {};
      trail.push(reference);
    }
    const inner = flattened(target, root, trail);
    trail = [...inner.path];
    merged = merge(inner.schema, merged);
  }
  return { schema: merged, path: trail };
}

function merge(weaker: Schema, stronger: Schema): Schema {
  const merged = { ...weaker, ...stronger };
  const [weak, strong] = [weaker['properties'], stronger['properties']];
  if (isObject(weak) && isObject(strong)) merged['properties'] = { ...weak, ...strong };
  const required = [...asArray(weaker['required']), ...asArray(stronger['required'])];
  return required.length === 0 ? merged : { ...merged, required };
}

function anyOf(schemas: Schema[]): Schema {
  const [first] = schemas;
  return schemas.length === 1 && first !== undefined ? first : { anyOf: schemas };
}

function isNull(schema: unknown): boolean {
  return isObject(schema) && (schema['type'] === 'null' || schema['const'] === null);
}

/** Only within the schema itself: `#/$defs/Person`. */
function resolve(reference: string, root: Schema): Schema | undefined {
  if (!reference.startsWith('#')) return undefined;
  let at: unknown = root;
  for (const step of reference.slice(1).split('/').filter(Boolean)) {
    const name = decoded(step).replaceAll('~1', '/').replaceAll('~0', '~');
    at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  }
  return isObject(at) ? at : undefined;
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

const SCHEMAS_BY_NAME: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions', 'patternProperties']);
const SCHEMAS: ReadonlySet<string> = new Set(['items', 'additionalProperties', 'not', 'contains', 'propertyNames']);
const LISTS: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);

function mapSubschemas(schema: Schema, map: (schema: Schema) => Schema): Schema {
  const mapped = (value: unknown): unknown => (isObject(value) ? map(value) : value);
  return Object.fromEntries(
    Object.entries(schema).map(([name, value]) => {
      if (SCHEMAS.has(name)) return [name, mapped(value)];
      if (LISTS.has(name) && Array.isArray(value)) return [name, value.map(mapped)];
      if (!SCHEMAS_BY_NAME.has(name) || !isObject(value)) return [name, value];
      return [name, Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mapped(one)]))];
    }),
  );
}

const asArray = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
