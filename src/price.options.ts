import { Type } from 'class-transformer';
import {
  ArrayMinSize,
  IsArray,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { Example } from './config/example.decorator.js';
import { IsAmount, IsDay, IsModelName, IsName } from './config/setting.validators.js';
import { SERVICE_TIER } from './protocol/service-tier.js';

/** An amount of USD: a decimal number, or the same as text. What is written is what counts, to the last digit. */
export type Amount = number | string;

/** What tokens cost, in USD for a million of them. */
export class TokenPriceOptions {
  /** Tokens read. */
  @IsOptional()
  @IsAmount()
  @Example('0.15')
  input?: Amount;

  /** Tokens read from the provider's cache. Default: as `input`. */
  @IsOptional()
  @IsAmount()
  @Example('0.075')
  cacheRead?: Amount;

  /** Tokens written to a cache that lives five minutes, or for no stated time. Default: as `input`. */
  @IsOptional()
  @IsAmount()
  @Example('3.75')
  cacheWrite5m?: Amount;

  /** Tokens written to a cache that lives an hour. Default: as `cacheWrite5m`. */
  @IsOptional()
  @IsAmount()
  @Example('6')
  cacheWrite1h?: Amount;

  /** Tokens of audio heard. Default: as `input`. */
  @IsOptional()
  @IsAmount()
  @Example('10')
  inputAudio?: Amount;

  /** Tokens of images seen, where the provider tells them apart. Default: as `input`. */
  @IsOptional()
  @IsAmount()
  @Example('10')
  inputImage?: Amount;

  /** Tokens written. */
  @IsOptional()
  @IsAmount()
  @Example('0.60')
  output?: Amount;

  /** Tokens of reasoning. Default: as `output`. */
  @IsOptional()
  @IsAmount()
  @Example('0.60')
  reasoning?: Amount;

  /** Tokens of audio spoken. Default: as `output`. */
  @IsOptional()
  @IsAmount()
  @Example('20')
  outputAudio?: Amount;

  /** Tokens of images made, where the provider tells them apart. Default: as `output`. */
  @IsOptional()
  @IsAmount()
  @Example('40')
  outputImage?: Amount;
}

/** Prices of tokens where a call reads more than so many. What is left out stays as it is for shorter ones. */
export class LongContextPriceOptions extends TokenPriceOptions {
  /** Tokens of input, cached ones included: a call with more of them has these prices throughout. */
  @IsInt()
  @Min(1)
  @Max(1_000_000_000)
  @Example('200000')
  above!: number;
}

/** Prices of calls that are served in another tier than the standard one. What is left out stays as it is there. */
export class ServiceTierPriceOptions extends TokenPriceOptions {
  /** As answers call it in `service_tier`: `flex`, `priority`, `batch`. */
  @IsString()
  @Matches(SERVICE_TIER)
  @Example('flex')
  tier!: string;

  /** USD for a search. */
  @IsOptional()
  @IsAmount()
  @Example('0.01')
  search?: Amount;

  /** USD for a call, whatever it uses. */
  @IsOptional()
  @IsAmount()
  @Example('0.005')
  request?: Amount;

  /** Of this tier, for calls that read much. Left out: as for the standard one, where this tier says nothing else. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ValidateNested({ each: true })
  @Type(() => LongContextPriceOptions)
  @Example("[{ above: 200000, input: '1.25' }]")
  longContext?: LongContextPriceOptions[];
}

/** The price of images of one size, or quality, or both. */
export class ImagePriceOptions {
  /** As the request has it. Left out: any. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(64)
  @Example('1024x1792')
  size?: string;

  /** As the request has it. Left out: any. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(64)
  @Example('hd')
  quality?: string;

  /** USD for one. */
  @IsAmount()
  @Example('0.12')
  price!: Amount;
}

/** A price of one's own, in place of the catalogue's: all of it, nothing is taken over from there but by `like`. */
export class PriceOptions extends TokenPriceOptions {
  /** The provider whose calls it is for. Left out: every one. */
  @IsOptional()
  @IsString()
  @IsName()
  @Example('azure')
  provider?: string;

  /** The model that it is for, as clients or the provider call it. Left out: every one. */
  @IsOptional()
  @IsString()
  @IsModelName()
  @Example('our-gpt')
  model?: string;

  /** The first day that it holds on, or a time; of calls it is their start that counts. Left out: since ever. */
  @IsOptional()
  @IsString()
  @IsDay()
  @Example('2026-08-17')
  validFrom?: string;

  /** The day, or the time, from which on it holds no longer. Left out: for ever. */
  @IsOptional()
  @IsString()
  @IsDay()
  @Example('2027-01-01')
  validUntil?: string;

  /**
   * The catalogue's price of another model, as `<kind of provider>/<model>`: for deployments with names of their own. No
   * other prices stand beside it.
   */
  @IsOptional()
  @IsString()
  @IsModelName()
  @Example('openai/gpt-4o-mini')
  like?: string;

  /** USD for an image made. */
  @IsOptional()
  @IsAmount()
  @Example('0.04')
  image?: Amount;

  /** Images whose size or quality has a price of its own: the first entry that fits counts. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ValidateNested({ each: true })
  @Type(() => ImagePriceOptions)
  @Example("[{ size: 1024x1792, price: '0.08' }]")
  images?: ImagePriceOptions[];

  /** USD for a second of audio heard. */
  @IsOptional()
  @IsAmount()
  @Example('0.0001')
  second?: Amount;

  /** USD for a character spoken. */
  @IsOptional()
  @IsAmount()
  @Example('0.000015')
  character?: Amount;

  /** USD for a search: of rerankers, a query over up to a hundred documents; of models, one on the web. */
  @IsOptional()
  @IsAmount()
  @Example('0.002')
  search?: Amount;

  /** USD for a call, whatever it uses. */
  @IsOptional()
  @IsAmount()
  @Example('0.005')
  request?: Amount;

  /** Prices of tokens for calls that read much. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ValidateNested({ each: true })
  @Type(() => LongContextPriceOptions)
  @Example("[{ above: 200000, input: '2.50', output: '15' }]")
  longContext?: LongContextPriceOptions[];

  /** Prices by the tier of service that an answer says it was served in. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ValidateNested({ each: true })
  @Type(() => ServiceTierPriceOptions)
  @Example("[{ tier: flex, input: '0.07', output: '0.30' }]")
  serviceTiers?: ServiceTierPriceOptions[];
}
