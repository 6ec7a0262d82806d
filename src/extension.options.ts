import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { Example } from './config/example.decorator.js';
import { IsName, IsSettings } from './config/setting.validators.js';

/** How an extension runs, whoever wrote it. */
export class ExtensionOptions {
  /** Which one: the name that its class gives it. */
  @IsString()
  @IsName()
  @Example('office-hours')
  name!: string;

  /** `false` leaves it out. Default `true`. */
  @IsOptional()
  @IsBoolean()
  @Example('true')
  enabled?: boolean;

  /** Lower ones come first. Default: what its class says. */
  @IsOptional()
  @IsInt()
  @Min(-1_000_000)
  @Max(1_000_000)
  @Example('10')
  order?: number;

  /**
   * What becomes of a call when the extension fails, which is not the same as refusing: `refuse` ends the call with an
   * error, `continue` goes on as if the extension were not there. Default: what its class says.
   */
  @IsOptional()
  @IsIn(['refuse', 'continue'])
  @Example('refuse')
  onFailure?: 'refuse' | 'continue';

  /** Whatever it understands. */
  @IsOptional()
  @IsSettings()
  @Example('{ opensAt: 8 }')
  settings?: Record<string, unknown>;
}
