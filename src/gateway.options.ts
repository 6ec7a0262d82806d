import { Type } from 'class-transformer';
import {
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { Example } from './config/example.decorator.js';
import { IsBaseUrl, IsCredential, IsModelName, IsName, IsSettings } from './config/setting.validators.js';
import { ModelFactsOptions } from './model-facts.options.js';

// Timers take no more: a longer time would end at once.
const MAX_MILLISECONDS = 2_147_483_647;

/** A model that a provider serves. In a configuration file its name alone will do. */
export class ModelOptions {
  /** What clients call it. */
  @IsString()
  @IsModelName()
  @Example('llama-3.3-70b')
  name!: string;

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
}

/** A provider: somebody who serves models, with one account there. */
export class ProviderOptions {
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

  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @IsCredential()
  @Example('${OPENAI_API_KEY}')
  apiKey?: string;

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

  /** Vertex: a file with the credentials of a service account. Left out: the application default credentials. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @Example('/run/secrets/google.json')
  credentialsFile?: string;

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

  /** The models it serves. Left out: those it lists itself. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ValidateNested({ each: true })
  @Type(() => ModelOptions)
  @Example('[gpt-4o, gpt-4o-mini]')
  models?: ModelOptions[];

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

  /** Headers sent with every request to it. */
  @IsOptional()
  @IsObject()
  @Example('{ x-team: search }')
  headers?: Record<string, string>;
}

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

/** What a key sets for an extension. */
export class KeyExtensionOptions {
  /** Which one: the name that its class gives it. */
  @IsString()
  @IsName()
  @Example('office-hours')
  name!: string;

  /** Whatever it understands. */
  @IsSettings()
  @Example('{ opensAt: 6 }')
  settings!: Record<string, unknown>;
}

/** What a key says beyond its secret and its models: the same for keys of the configuration and for stored ones. */
export class KeySettings {
  /** The team that it belongs to. */
  @IsOptional()
  @IsString()
  @IsName()
  @Example('search')
  team?: string;

  /** The organisation that it belongs to. */
  @IsOptional()
  @IsString()
  @IsName()
  @Example('acme')
  organization?: string;

  /** What it sets for extensions. */
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => KeyExtensionOptions)
  @Example('[{ name: office-hours, settings: { opensAt: 6 } }]')
  extensions?: KeyExtensionOptions[];
}

/** A client key given by configuration. */
export class KeyOptions extends KeySettings {
  /** Who the key belongs to: the name on usage records. */
  @IsString()
  @IsName()
  @Example('search-team')
  name!: string;

  /** The key itself: 16 to 512 characters. */
  @IsString()
  @MinLength(16)
  @MaxLength(512)
  @IsCredential()
  @Example('${SEARCH_TEAM_KEY}')
  secret!: string;

  /** Names of the models it may use, `*` for all. Default: all. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsString({ each: true })
  @Example('[gpt-4o-mini]')
  models?: string[];

  /**
   * What becomes of a parameter that a provider has nothing for: `strict` refuses the request, `warn` leaves the
   * parameter out and says so in the header `x-nestgate-warnings` and on the usage record, `drop` leaves it out. A
   * request may ask for another by the header `x-nestgate-parameters`. Default `warn`.
   */
  @IsOptional()
  @IsIn(['strict', 'warn', 'drop'])
  @Example('warn')
  parameters?: 'strict' | 'warn' | 'drop';
}

/** How streamed answers are sent. */
export class StreamingOptions {
  /**
   * Milliseconds of silence after which an open stream gets a comment, so that nothing on the way closes it.
   * 0 for never. Default 15,000.
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_MILLISECONDS)
  @Example('15000')
  keepAliveInterval?: number;

  /**
   * Milliseconds after which a stream is opened although nothing of the answer has come, for load balancers that close
   * silent connections. From then on a failure can only be told inside the stream, not by a status. 0 for never. Default 0.
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_MILLISECONDS)
  @Example('0')
  openAfter?: number;
}

/** What a request may be at most. */
export class LimitOptions {
  /** The largest JSON body, in bytes. Default 4 MiB. */
  @IsOptional()
  @IsInt()
  @Min(1_024)
  @Max(268_435_456)
  @Example('4194304')
  bodyBytes?: number;

  /** How deep a JSON body may be nested. Default 64. */
  @IsOptional()
  @IsInt()
  @Min(8)
  @Max(1_000)
  @Example('64')
  jsonDepth?: number;

  /** How many values a JSON body may hold. Default 50,000. */
  @IsOptional()
  @IsInt()
  @Min(100)
  @Max(100_000_000)
  @Example('50000')
  jsonValues?: number;

  /** The largest multipart body (audio, images), in bytes. Default 26 MiB: OpenAI takes files of 25 MB. */
  @IsOptional()
  @IsInt()
  @Min(1_024)
  @Max(1_073_741_824)
  @Example('27262976')
  uploadBytes?: number;

  /** How many parts a multipart body may have. Default 64. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10_000)
  @Example('64')
  uploadParts?: number;

  /** What the text fields of a multipart body may weigh together, in bytes. Default 1 MiB. */
  @IsOptional()
  @IsInt()
  @Min(1_024)
  @Max(268_435_456)
  @Example('1048576')
  uploadFieldBytes?: number;

  /** Milliseconds for a call over all its tries and to the end of its stream. 0 for no limit. Default 600,000. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_MILLISECONDS)
  @Example('600000')
  callTimeout?: number;

  /** Milliseconds that a provider's `Retry-After` may ask to wait; asked for more, its deployment is left at once. Default 10,000. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_MILLISECONDS)
  @Example('10000')
  retryAfter?: number;
}

/** What a gateway is made of: the options of `GatewayModule.forRoot`, and the shape of the configuration file. */
export class GatewayOptions {
  /** Left out or empty: the built-in simulator serves. */
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => ProviderOptions)
  @Example('[{ name: openai, kind: openai }]')
  providers?: ProviderOptions[];

  /** Other names for models: name → model. One hop: an alias of an alias is not followed. */
  @IsOptional()
  @IsObject()
  @Example('{ fast: gpt-4o-mini }')
  aliases?: Record<string, string>;

  /** The client keys that are known without a database. */
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => KeyOptions)
  @Example("[{ name: search-team, secret: '${SEARCH_TEAM_KEY}' }]")
  keys?: KeyOptions[];

  /** How the extensions run: their order, what happens when they fail, settings of their own. */
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => ExtensionOptions)
  @Example('[{ name: office-hours, order: 10 }]')
  extensions?: ExtensionOptions[];

  /** `disabled` lets everybody in. Default `required`. */
  @IsOptional()
  @IsIn(['required', 'disabled'])
  @Example('required')
  auth?: 'required' | 'disabled';

  /** How streamed answers are sent. */
  @IsOptional()
  @ValidateNested()
  @Type(() => StreamingOptions)
  @Example('{ keepAliveInterval: 15000 }')
  streaming?: StreamingOptions;

  /** What a request may be at most. */
  @IsOptional()
  @ValidateNested()
  @Type(() => LimitOptions)
  @Example('{ callTimeout: 600000 }')
  limits?: LimitOptions;
}
