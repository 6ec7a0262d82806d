import { type OptionsClass } from '../config/setting-shape.js';
import { FLAG, listOf, NUMBER, oneOf, orNull, type Schema, TEXT, WHOLE } from '../protocol/json-schema.js';
import { type JsonSchema, NamedSchema, schemaOf } from './json-schema.js';

export { FLAG, listOf, NUMBER, oneOf, orNull, TEXT, WHOLE };

export const TIME: JsonSchema = { type: 'string', format: 'date-time' };
/** An amount of money, as decimal text. */
export const USD: JsonSchema = { type: 'string', pattern: String.raw`^-?\d+(\.\d+)?$` };
/** A hash in hexadecimal. */
export const HASH: JsonSchema = { type: 'string', pattern: '^[0-9a-f]{64}$' };

/**
 * The schema of an answer. It has every member of the type: the compiler sees what was forgotten.
 * @param settings members that may be left out, as their class has them.
 */
export function answerSchema<Shown extends object>(
  name: string,
  members: Readonly<Record<keyof Shown & string, Schema>>,
  settings?: OptionsClass,
  optional: readonly (keyof Shown & string)[] = [],
): NamedSchema {
  const known: readonly string[] = optional;
  return new NamedSchema(name, {
    type: 'object',
    properties: { ...(settings === undefined ? {} : schemaOf(settings).properties), ...members },
    required: Object.keys(members).filter((member) => !known.includes(member)),
  });
}
