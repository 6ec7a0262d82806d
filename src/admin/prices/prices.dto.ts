import { IsBoolean, IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';
import { IsTime } from '../is-time.decorator.js';

export class RerateBody {
  /** Calls that started then, or later. */
  @IsTime()
  from!: Date;

  /** Calls that started before. */
  @IsTime()
  to!: Date;

  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(512)
  provider?: string;

  /** As clients or the provider call it. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(512)
  model?: string;

  /** Only says what would change. Default `false`. */
  @IsOptional()
  @IsBoolean()
  dryRun?: boolean;
}
