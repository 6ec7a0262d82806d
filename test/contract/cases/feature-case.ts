import { type ProviderFeature } from '../../../src/providers/provider-limits.js';
import { type Json, type NativePart, type NativeRequest, object, type Scene } from '../provider-double.js';
import { type Told } from '../told.js';

/** One thing that a request can ask for or an answer say, and that not every provider has. */
export interface FeatureCase {
  readonly feature: ProviderFeature;
  /** The row in docs/conformance.md. */
  readonly title: string;
  /** What the provider has said before; the message that the client got of it comes with `asks`. */
  readonly before?: Scene;
  /** What of the request asks for it. */
  asks?(said: Json): Json;
  /** What the provider says. */
  readonly scene?: Scene;
  /** Fails unless the provider is asked for it. */
  seen?(native: NativeRequest, tells: { readonly seals: boolean }): void;
  /** Fails unless the client is told of it. */
  told?(told: Told): void;
}

export const USAGE = { input: 21, cacheRead: 0, output: 9, reasoning: 0 };

export const PLAIN: Scene = { text: ['Hel', 'lo'], finish: 'stop', usage: USAGE };

/** What the provider was asked by one side, part by part. */
export const parts = (native: NativeRequest, role: 'user' | 'assistant' = 'user'): readonly NativePart[] =>
  native.turns.filter((turn) => turn.role === role).flatMap((turn) => turn.parts);

/** The smallest of PNGs. */
export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

export const ANSWER_SCHEMA = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer' } },
  required: ['name', 'age'],
  additionalProperties: false,
};

/** What every provider keeps of a schema, whatever it calls its types. */
export function coreOf(schema: unknown): unknown {
  const { type, properties, required } = object(schema);
  return {
    type: String(type).toLowerCase(),
    properties: Object.fromEntries(
      Object.entries(object(properties)).map(([name, property]) => [
        name,
        String(object(property)['type']).toLowerCase(),
      ]),
    ),
    required,
  };
}
