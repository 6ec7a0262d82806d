import { Reflector } from '@nestjs/core';
import { type Schema } from '../protocol/json-schema.js';
import { type RequestShape } from './request-shape.js';

/** What the OpenAPI document says of a route of clients. */
export interface EndpointDescription {
  /** OpenAI's name of it, where it has one. */
  readonly operationId: string;
  /** What it does, in a few words. */
  readonly summary: string;
  readonly json?: RequestShape;
  readonly form?: RequestShape;
  /** By content type. */
  readonly answer: Readonly<Record<`${string}/${string}`, Schema>>;
}

export const Described = Reflector.createDecorator<EndpointDescription>();
