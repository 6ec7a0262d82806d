import { IsBoolean, IsInt, IsOptional, IsString, Max, MaxLength, Min, MinLength } from 'class-validator';
import { Example } from './config/example.decorator.js';

/** The files that usage records outlive the end of the process in. */
export class JournalOptions {
  /** Whether there is one. Default: `true` in the standalone server, and where a directory is given. */
  @IsOptional()
  @IsBoolean()
  @Example('true')
  enabled?: boolean;

  /**
   * The folder of the files; several processes may have the same. Default: `journal` in the data directory of the
   * standalone server, none in an application of your own.
   */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(4_096)
  @Example('/var/lib/nestgate/journal')
  directory?: string;

  /** What the files of one process may weigh, in bytes, while the database takes no records. Default 256 MiB. */
  @IsOptional()
  @IsInt()
  @Min(1_048_576)
  @Max(1_099_511_627_776)
  @Example('268435456')
  maxBytes?: number;
}
