import { IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';

export class CacheClearanceBody {
  /** The id of a stored key, or the name of one of the configuration. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(512)
  key?: string;

  /** After aliases. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(512)
  model?: string;
}
