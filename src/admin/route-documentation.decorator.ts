import { Reflector } from '@nestjs/core';
import { type OptionsClass } from '../config/setting-shape.js';
import { type JsonSchema, type NamedSchema } from './json-schema.js';

/** What the OpenAPI document says of a route beyond what its other decorators do. */
export interface RouteDocumentation {
  /** What it does, in a few words. */
  readonly summary: string;
  /** What it takes in the address. */
  readonly query?: OptionsClass;
  /** What it takes as JSON. */
  readonly body?: OptionsClass;
  /** The body is a merge patch of it. */
  readonly isPatch?: true;
  /** The body may be left out. */
  readonly isBodyOptional?: true;
  /** What it answers with, as JSON, or as what the types say; left out where it answers with nothing. */
  readonly answer?: NamedSchema | Readonly<Record<`${string}/${string}`, JsonSchema>>;
  /** Whether it asks for the version that is to be changed. */
  readonly ifMatch?: 'required' | 'optional';
  /** It is done once for an `Idempotency-Key`. */
  readonly isIdempotent?: true;
}

export const Documented = Reflector.createDecorator<RouteDocumentation>();
