import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsDate } from 'class-validator';

/** `2026-03-01`, or with a time and its zone. */
const TIME = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** A time of ISO 8601, made a `Date`; a day alone is its midnight of UTC. */
export const IsTime = (): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }): unknown => (typeof value === 'string' && TIME.test(value) ? new Date(value) : value)),
    IsDate({ message: '$property must be a day or a time of ISO 8601' }),
  );
