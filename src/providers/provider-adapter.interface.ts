import { type Observable } from 'rxjs';
import { type GatewayError } from '../errors/gateway-error.js';
import { type SpeechRequest, type TranscriptionRequest, type TranslationRequest } from '../protocol/audio.js';
import { type BillableUnits } from '../protocol/billable-units.js';
import { type ChatCompletionRequest } from '../protocol/chat-completions.js';
import { type CompletionRequest } from '../protocol/completions.js';
import { type EmbeddingRequest } from '../protocol/embeddings.js';
import { type ImageEditRequest, type ImageGenerationRequest } from '../protocol/images.js';
import { type JsonBody } from '../protocol/json-body.js';
import { type ModerationRequest } from '../protocol/moderations.js';
import { type MultipartForm } from '../protocol/multipart-form.js';
import { type RequestBody } from '../protocol/request-body.js';
import { type RerankRequest } from '../protocol/rerank.js';
import { type TokenUsage } from '../protocol/token-usage.js';
import { type Cancellation } from '../upstream/cancellation.js';
import { type Egress } from '../upstream/egress.js';
import { type ProviderLimits } from './provider-limits.js';
import { type UnsupportedParameters } from './unsupported-parameters.js';

/** A provider as configured. */
export interface ProviderSettings {
  /** Unique among the providers of one gateway. */
  readonly name: string;
  /** Which adapter speaks to it. */
  readonly kind: string;
  readonly apiKey?: string | undefined;
  /** All keys of a provider that has several, `apiKey` among them: none may ever be shown. */
  readonly apiKeys?: readonly string[] | undefined;
  /** `https://host[:port][/path]`, without a trailing slash. */
  readonly baseUrl?: string | undefined;
  /** Where that may lead. Left out: what an `operator` may name. */
  readonly egress?: Egress | undefined;
  /**
   * Whether it is let in by credentials of its own alone, and never by those of the machine: who has named it must not be
   * able to have these sent somewhere.
   */
  readonly ownCredentialsOnly?: boolean | undefined;
  /** Azure: the version of its API, as in `2024-10-21`. */
  readonly apiVersion?: string | undefined;
  /** Bedrock: the region. Vertex: the location. */
  readonly region?: string | undefined;
  /** Vertex: the project. */
  readonly project?: string | undefined;
  /** Vertex: the path of a file with the credentials of a service account. */
  readonly credentialsFile?: string | undefined;
  /** Bedrock. */
  readonly accessKeyId?: string | undefined;
  /** Bedrock. */
  readonly secretAccessKey?: string | undefined;
  /** Bedrock. */
  readonly sessionToken?: string | undefined;
  /** Sent with every request to it. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds to the end of the TCP and TLS handshakes. */
  readonly connectTimeout: number;
  /** Milliseconds between two pieces of an answer. */
  readonly idleTimeout: number;
}

/** Speaks one kind of provider. Found by its decorator, `@AdapterFor(kind)`. */
export interface ProviderAdapter {
  /**
   * The provider behind these settings, ready to be called. Called once for each configured provider, and for each of its
   * keys where it has several.
   * @throws ConfigurationError when a setting that this kind needs is missing or wrong.
   */
  connect(settings: ProviderSettings): Provider;
}

/** A provider with what it can do. A capability that is missing is one that it does not have. */
export interface Provider {
  readonly chat?: Capability<ChatCompletionRequest>;
  readonly completions?: Capability<CompletionRequest>;
  readonly embeddings?: Capability<EmbeddingRequest>;
  readonly moderations?: Capability<ModerationRequest>;
  readonly rerank?: Capability<RerankRequest>;
  readonly images?: Capability<ImageGenerationRequest>;
  readonly imageEdits?: Capability<ImageEditRequest, MultipartForm>;
  readonly speech?: Capability<SpeechRequest>;
  readonly transcriptions?: Capability<TranscriptionRequest, MultipartForm>;
  readonly translations?: Capability<TranslationRequest, MultipartForm>;
  /** Where it falls short of OpenAI's API. For readers: nothing is decided by it. */
  readonly limits?: ProviderLimits;
  /** The names of the models it offers. */
  listModels?(cancellation: Cancellation): Promise<string[]>;
}

/** One operation of a provider: the canonical form of requests and answers is OpenAI's. */
export interface Capability<Request, Body extends RequestBody = JsonBody> {
  /** @throws UpstreamError where the provider fails, GatewayError where the request cannot be translated. */
  answer(call: ProviderCall<Request, Body>): Promise<Answer>;
  /** Nothing is sent before somebody subscribes to its parts. */
  stream?(call: ProviderCall<Request, Body>): AnswerStream;
}

/** One try of one request on one deployment. */
export interface ProviderCall<Request, Body extends RequestBody = JsonBody> {
  readonly requestId: string;
  readonly request: Request;
  readonly body: Body;
  /** The model by the name that the provider knows. */
  readonly upstreamModel: string;
  /** Told of every parameter that the provider has nothing for. */
  readonly unsupported: UnsupportedParameters;
  /** Of this try alone. */
  readonly cancellation: Cancellation;
  /** Sent as the header of that name, where traces are to go on at the provider. */
  readonly traceparent?: string | undefined;
  /** The gateways that the request has come through before this one. */
  readonly via?: string | undefined;
}

/** A whole answer in OpenAI's dialect, or, of images and audio, the provider's own bytes. */
export interface Answer {
  readonly contentType: string;
  readonly bytes: Buffer;
  /** `undefined` where the provider did not say. */
  readonly usage: TokenUsage | undefined;
  /** What it says beside tokens, where it does. */
  readonly units?: BillableUnits | undefined;
  /** Bytes of text in the answer, to estimate tokens from where `usage` is missing. */
  readonly textBytes: number;
}

/** An answer that comes in pieces, as server-sent events of OpenAI's dialect. The closing `[DONE]` is not among them. */
export interface AnswerStream {
  /**
   * Of a stream that goes to the client as it comes (audio, the events of images), what it is sent as; known with its
   * first part. `undefined` for chunks of chat and text completions.
   */
  readonly contentType?: string | undefined;
  /** Fails with an UpstreamError when the provider fails before or within the stream. Unsubscribing stops the provider. */
  readonly parts: Observable<StreamPart>;
  /** Stops reading from the provider: observables have no back-pressure of their own. */
  pause(): void;
  resume(): void;
}

/** What one read from the provider brought. */
export interface StreamPart {
  /** Whole events, ready to be sent. May be empty. */
  readonly bytes: Buffer;
  /** Whether there is anything of the answer itself in it: text, reasoning, a tool call, a refusal, an end. */
  readonly hasContent: boolean;
  /** Bytes of text in it, to estimate tokens from where the stream ends without a usage. */
  readonly textBytes: number;
  /** The usage so far, when this part brought one. */
  readonly usage?: TokenUsage | undefined;
  /** What was used beside tokens so far, when this part says so. */
  readonly units?: BillableUnits | undefined;
  /** The answer is whole with these bytes, whether or not the provider's connection ends now. */
  readonly isLast?: boolean;
  /** The provider failed after these bytes: nothing follows. */
  readonly error?: GatewayError | undefined;
}
