import { getMetadataStorage, ValidationTypes } from 'class-validator';
import { parse } from 'yaml';
import { exampleOf } from '../config/example.decorator.js';
import { type OptionsClass, shapeOf, type SettingShape } from '../config/setting-shape.js';
import { type JsonSchema, NamedSchema } from '../protocol/json-schema.js';

export { type JsonSchema, NamedSchema };

/** An object's. */
export interface ObjectSchema extends JsonSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required: readonly string[];
  readonly additionalProperties: false;
}

type Validator = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

const BY_SHAPE: Readonly<Record<Exclude<SettingShape['type'], 'section' | 'sections'>, JsonSchema>> = {
  text: { type: 'string' },
  number: { type: 'integer' },
  amount: { type: ['string', 'number'] },
  flag: { type: 'boolean' },
  texts: { type: 'array', items: { type: 'string' } },
  numbers: { type: 'array', items: { type: 'number' } },
  map: { type: 'object', additionalProperties: { type: 'string' } },
  free: { type: 'object' },
};

/** What the validators mean that say something of a value alone. */
const BY_VALIDATOR: Readonly<Record<string, (...limits: readonly unknown[]) => JsonSchema>> = {
  isIn: (values) => ({ enum: values }),
  min: (minimum) => ({ minimum }),
  max: (maximum) => ({ maximum }),
  minLength: (minLength) => ({ minLength }),
  maxLength: (maxLength) => ({ maxLength }),
  isLength: (minLength, maxLength) => ({ minLength, maxLength }),
  isNotEmpty: () => ({ minLength: 1 }),
  matches: (pattern) => (pattern instanceof RegExp ? { pattern: pattern.source } : {}),
  isUuid: () => ({ format: 'uuid' }),
  arrayMinSize: (minItems) => ({ minItems }),
  arrayMaxSize: (maxItems) => ({ maxItems }),
  arrayUnique: () => ({ uniqueItems: true }),
  isThresholds: () => ({ uniqueItems: true, items: { type: 'integer', minimum: 1, maximum: 1_000 } }),
};

/** What the validators of a class let pass, as far as a schema can say it. */
export function schemaOf(options: OptionsClass): ObjectSchema {
  const storage = getMetadataStorage();
  const validators = storage.groupByPropertyName(storage.getTargetValidationMetadatas(options, '', true, false));
  const properties = [...shapeOf(options)].map(([name, shape]) => {
    const example = exampleOf(options.prototype as object, name);
    const schema = propertySchema(shape, validators[name] ?? []);
    return [name, example === undefined ? schema : { ...schema, examples: [parse(example) as unknown] }] as const;
  });
  const isOptional = (name: string): boolean =>
    validators[name]?.some(({ type }) => type === ValidationTypes.CONDITIONAL_VALIDATION) ?? false;
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: [...shapeOf(options).keys()].filter((name) => !isOptional(name)),
    additionalProperties: false,
  };
}

/** A JSON merge patch of it: anything may be left out, and what may be left out may be cleared. */
export function patchSchemaOf(options: OptionsClass): ObjectSchema {
  const { properties, required, ...schema } = schemaOf(options);
  const patched = Object.entries(properties).map(([name, property]) => [
    name,
    required.includes(name) ? property : { anyOf: [property, { type: 'null' }] },
  ]);
  return { ...schema, properties: Object.fromEntries(patched) as ObjectSchema['properties'], required: [] };
}

function propertySchema(shape: SettingShape, validators: readonly Validator[]): JsonSchema {
  if (shape.type === 'section') return schemaOf(shape.section);
  if (shape.type === 'sections') {
    return { type: 'array', items: schemaOf(shape.section), ...limitsOf(validators, false) };
  }
  const base = BY_SHAPE[shape.type];
  // In a query a list is text with commas.
  const isList = base['type'] === 'array' || validators.some(({ name }) => name === 'arrayUnique');
  if (!isList) return { ...base, ...limitsOf(validators, false), ...limitsOf(validators, true) };
  const items = { type: 'string', ...limitsOf(validators, true) };
  return { ...(shape.type === 'numbers' ? base : { items }), ...limitsOf(validators, false), type: 'array' };
}

/** @param each what is said of each item of a list. */
function limitsOf(validators: readonly Validator[], each: boolean): JsonSchema {
  const limits = validators
    .filter((validator) => validator.each === each)
    // Of our own validators there are none, whatever the type says.
    .map(
      ({ name = '', ...said }) => BY_VALIDATOR[name]?.(...((said.constraints as unknown[] | undefined) ?? [])) ?? {},
    );
  return Object.assign({}, ...limits) as JsonSchema;
}
