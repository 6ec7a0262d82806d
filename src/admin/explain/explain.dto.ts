import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { Example } from '../../config/example.decorator.js';
import { IsSettings } from '../../config/setting.validators.js';
import { JSON_PATHS, type JsonPath } from '../../endpoints/json-endpoints.js';

/** A request that somebody might make. */
export class ExplainBody {
  /** Where it would be sent. Default `/v1/chat/completions`. */
  @IsOptional()
  @IsIn(JSON_PATHS)
  @Example('/v1/chat/completions')
  endpoint?: JsonPath;

  /** With which key: the id of a stored one, or the name of one of the configuration. Default: with one that nothing limits. */
  @IsOptional()
  @IsString()
  @MaxLength(512)
  @Example('search-team')
  key?: string;

  /** The body, as a client would send it. */
  @IsSettings()
  @Example("{ model: gpt-4o-mini, messages: [{ role: user, content: 'Hi' }] }")
  request!: Record<string, unknown>;
}
