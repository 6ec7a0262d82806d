import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

/** What is to be found, as text: an id, a name. May be left out. */
export const IsFilter = (): PropertyDecorator => applyDecorators(MaxLength(512), IsString(), IsOptional());

/** How much of a list is wanted, at most. May be left out. */
export const IsPageLimit = (): PropertyDecorator =>
  applyDecorators(
    Max(1_000),
    Min(1),
    IsInt(),
    Type(() => Number),
    IsOptional(),
  );
