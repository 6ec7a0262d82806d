import { Type } from 'class-transformer';
import {
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { Example } from './config/example.decorator.js';
import { IsBaseUrl, IsCredential, IsModelName, IsName } from './config/setting.validators.js';
import { MAX_MILLISECONDS } from './config/setting.validators.js';
import { ModelFactsOptions } from './model-facts.options.js';
import { LimitsOptions } from './rate-limit.options.js';

/** What is said of a model at a provider wherever it is defined, beyond what clients call it. */
export class DeploymentOptions {
  /** What the provider calls it; the same as `name` when left out. */
  @IsOptional()
  @IsString()
  @IsModelName()
  @Example('llama-3.3-70b-versatile')
  upstreamModel?: string;

  /** What it can do, where the catalogue does not know it or is wrong. */
  @IsOptional()
  @ValidateNested()
  @Type(() => ModelFactsOptions)
  @Example('{ contextWindow: 128000 }')
  facts?: ModelFactsOptions;

  /** What the provider takes of this model; beyond that calls go to the next provider of it. */
  @IsOptional()
  @ValidateNested()
  @Type(() => LimitsOptions)
  @Example('{ requestsPerMinute: 500 }')
  rateLimits?: LimitsOptions;
}

/** A model that a provider serves. In a configuration file its name alone will do. */
export class ModelOptions extends DeploymentOptions {
  /** What clients call it. */
  @IsString()
  @IsModelName()
  @Example('llama-3.3-70b')
  name!: string;
}

/** What is said of a provider wherever it is defined: who it is, and how it is asked. */
export class ProviderConnectionOptions {
  /** Where its API is: required for `openai-compatible`, `llamacpp` and `vllm`, a default of its kind otherwise. */
  @IsOptional()
  @IsString()
  @IsBaseUrl()
  @Example('https://api.example.com/v1')
  baseUrl?: string;

  /** Azure: the version of its API, as in `2024-10-21`. Left out: its version 1, which has no date. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @Example('2024-10-21')
  apiVersion?: string;

  /** Bedrock: the region. Vertex: the location. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @Example('eu-central-1')
  region?: string;

  /** Vertex: the project. Left out: that of the credentials. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @Example('my-project')
  project?: string;

  /** Its share of the requests for a model that several providers serve. Default 1. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  @Example('1')
  weight?: number;

  /** Tries after the first on one deployment. Default 2. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(10)
  @Example('2')
  maxRetries?: number;

  /** Milliseconds for one try: to the whole answer, or to the first content of a stream. 0 for no limit. Default 30,000. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_MILLISECONDS)
  @Example('30000')
  timeout?: number;

  /** Milliseconds to the end of the TCP and TLS handshakes. Default 3,000. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_MILLISECONDS)
  @Example('3000')
  connectTimeout?: number;

  /** Milliseconds between two pieces of an answer. 0 for no limit. Default 60,000. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_MILLISECONDS)
  @Example('60000')
  idleTimeout?: number;

  /** Tries under way at it, at most; beyond that calls go to the next provider of their model. 0 for no limit. Default 256. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  @Example('256')
  maxConcurrency?: number;

  /** Milliseconds that a call waits for others to end where `maxConcurrency` is reached and no other provider is left. Default 50. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(60_000)
  @Example('50')
  maxWait?: number;

  /** What it takes of all its models together; beyond that calls go to the next provider of their model. */
  @IsOptional()
  @ValidateNested()
  @Type(() => LimitsOptions)
  @Example('{ requestsPerMinute: 500 }')
  rateLimits?: LimitsOptions;
}

/** And what it is let in by. None of it is ever shown. */
export class ProviderAccountOptions extends ProviderConnectionOptions {
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @IsCredential()
  @Example('${OPENAI_API_KEY}')
  apiKey?: string;

  /** Several keys in place of `apiKey`: used in turn, without those that the provider does not take for the moment. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsString({ each: true })
  @IsNotEmpty({ each: true })
  @IsCredential({ each: true })
  @Example("['${OPENAI_API_KEY_1}', '${OPENAI_API_KEY_2}']")
  apiKeys?: string[];

  /** Bedrock: with `secretAccessKey`, in place of the credentials that AWS's own tools would find. */
  @IsOptional()
  @IsString()
  @IsCredential()
  @Example('${AWS_ACCESS_KEY_ID}')
  accessKeyId?: string;

  /** Bedrock: see `accessKeyId`. */
  @IsOptional()
  @IsString()
  @IsCredential()
  @Example('${AWS_SECRET_ACCESS_KEY}')
  secretAccessKey?: string;

  /** Bedrock: for access keys that last for a while only. */
  @IsOptional()
  @IsString()
  @IsCredential()
  @Example('${AWS_SESSION_TOKEN}')
  sessionToken?: string;

  /** Headers sent with every request to it. */
  @IsOptional()
  @IsObject()
  @Example('{ x-team: search }')
  headers?: Record<string, string>;
}

/** A provider: somebody who serves models, with one account there. */
export class ProviderOptions extends ProviderAccountOptions {
  /** Unique among the providers. */
  @IsString()
  @IsName()
  @Example('openai')
  name!: string;

  /** Which adapter speaks to it: `openai`, `openai-compatible`, `anthropic`, `simulator`, `groq`, … */
  @IsString()
  @IsNotEmpty()
  @Example('openai')
  kind!: string;

  /** Whether its host may have private addresses although its name does not say so. Default false. */
  @IsOptional()
  @IsBoolean()
  @Example('true')
  allowPrivateNetwork?: boolean;

  /** Vertex: a file with the credentials of a service account. Left out: the application default credentials. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @Example('/run/secrets/google.json')
  credentialsFile?: string;

  /** The models it serves. Left out: those it lists itself. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ValidateNested({ each: true })
  @Type(() => ModelOptions)
  @Example('[gpt-4o, gpt-4o-mini]')
  models?: ModelOptions[];
}
