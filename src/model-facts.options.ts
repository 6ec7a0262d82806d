import { ArrayMinSize, ArrayUnique, IsArray, IsBoolean, IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { Example } from './config/example.decorator.js';

const INPUT_MODALITIES = ['text', 'image', 'audio', 'document', 'video'] as const;
const OUTPUT_MODALITIES = ['text', 'image', 'audio', 'video', 'embedding'] as const;

/** What a model can do, in place of what the catalogue says of it. What is left out stays as it is there. */
export class ModelFactsOptions {
  /** Tokens of the request and the answer together. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000_000)
  @Example('128000')
  contextWindow?: number;

  /** Tokens of one answer at most. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000_000)
  @Example('16384')
  maxOutputTokens?: number;

  /** What it reads: `text`, `image`, `audio`, `document`, `video`. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(INPUT_MODALITIES, { each: true })
  @Example('[text, image]')
  inputModalities?: (typeof INPUT_MODALITIES)[number][];

  /** What it answers with: `text`, `image`, `audio`, `video`, `embedding`. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(OUTPUT_MODALITIES, { each: true })
  @Example('[text]')
  outputModalities?: (typeof OUTPUT_MODALITIES)[number][];

  /** Whether it calls functions. */
  @IsOptional()
  @IsBoolean()
  @Example('true')
  tools?: boolean;

  /** Whether it holds to a JSON schema. */
  @IsOptional()
  @IsBoolean()
  @Example('true')
  jsonSchema?: boolean;

  /** Whether it can reason before it answers. */
  @IsOptional()
  @IsBoolean()
  @Example('false')
  reasoning?: boolean;
}
