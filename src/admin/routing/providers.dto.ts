import { IsBoolean, IsNotEmpty, IsOptional, IsString } from 'class-validator';
import { Example } from '../../config/example.decorator.js';
import { IsModelName, IsName } from '../../config/setting.validators.js';
import { ProviderAccountOptions } from '../../provider.options.js';
import { IsFilter } from '../query.decorators.js';
import { SourcedQuery } from '../sourced-query.js';

/** What may be said of a stored provider: its name stays. */
export class ProviderSettings extends ProviderAccountOptions {
  /** Which adapter speaks to it: `openai`, `openai-compatible`, `anthropic`, `groq`, … */
  @IsString()
  @IsNotEmpty()
  @Example('openai')
  kind!: string;

  /** Whether its models are those that it lists itself. Default `false`: those that deployments are made of. */
  @IsOptional()
  @IsBoolean()
  @Example('false')
  discover?: boolean;
}

export class ProviderBody extends ProviderSettings {
  /** By which deployments name it, and usage records: for good. */
  @IsString()
  @IsName()
  @Example('azure-eu')
  name!: string;
}

export class ProvidersQuery extends SourcedQuery {
  @IsFilter()
  kind?: string;
}

/** What a provider is asked for to try it. */
export class ProbeBody {
  /** A model of chats, as clients or the provider call it. Left out: the first that it has, or its list of models. */
  @IsOptional()
  @IsString()
  @IsModelName()
  @Example('gpt-4o-mini')
  model?: string;
}
