import { decodeUtf8 } from './utf8.js';

/** A JSON object as opposed to an array, a primitive or null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value a JSON text spells; `undefined` (which no JSON text spells) where it is not valid. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The same of its bytes, in UTF-8. */
export function parseJsonBytes(bytes: Buffer): unknown {
  return parseJson(decodeUtf8(bytes));
}
