import { GatewayError } from '../../errors/gateway-error.js';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { isObject } from '../../protocol/json.js';
import { type UnsupportedParameters } from '../unsupported-parameters.js';
import { AUDIO_FORMATS } from './gemini.audio.js';
import { toConversation } from './gemini.conversation.js';
import { reportLeftOut } from './gemini.limits.js';
import { modelTraits, type ModelTraits } from './gemini.models.js';
import { toJsonSchema, toOpenApiSchema } from './gemini.schema.js';
import { toThinkingConfig } from './gemini.thinking.js';
import { toFunctionCalling, toTools } from './gemini.tools.js';
import { type GenerateContentRequest, type GenerationConfig } from './gemini.types.js';

/** Where the dialect is spoken: the two services differ in little. */
export type GeminiService = 'gemini' | 'vertex';

export interface GenerateContentOptions {
  /** The model by Google's name for it. */
  readonly upstreamModel: string;
  readonly service: GeminiService;
  readonly unsupported: UnsupportedParameters;
}

/**
 * A chat completion request as Google's `generateContent` takes it. Decisions:
 *
 * - Schemas go whole, as `parametersJsonSchema` and `responseJsonSchema`, to Gemini 2.5 and later, which take nearly all
 *   of JSON Schema: whatever is rewritten is lost for the model. Earlier ones get OpenAPI's subset (`gemini.schema.ts`).
 * - Sampling parameters are sent only to the models that heed them, candidates only to those that give several.
 * - `modalities` are `responseModalities`; `audio.voice` is one of Google's voices.
 * - `service_tier` exists at the Gemini API alone.
 * - Of Google's own parameters `cached_content`, `safety_settings`, `thinking_config` and `top_k` are passed on, whether
 *   they stand in the request itself or, as for Google's endpoint in OpenAI's dialect, in `extra_body.google`.
 *
 * @throws GatewayError (400) where the answer would not be what was asked for.
 * @see https://ai.google.dev/api/generate-content
 * @see https://ai.google.dev/gemini-api/docs/openai
 */
export function toGenerateContentRequest(
  request: ChatCompletionRequest,
  { upstreamModel, service, unsupported }: GenerateContentOptions,
): GenerateContentRequest {
  refuseFunctions(request);
  const traits = modelTraits(upstreamModel);
  const native = nativeParameters(request);
  reportLeftOut(request, unsupported);
  const { system, contents } = toConversation(request.messages, {
    traits,
    unsupported,
    fetchesUrls: service === 'vertex' || traits.fetchesUrls,
  });
  const tools = toTools(request, traits, unsupported);
  const functionCallingConfig = toFunctionCalling(request, traits, unsupported);
  const generationConfig = {
    ...toGenerationConfig(request, traits, unsupported),
    ...thinking(request, native, traits, unsupported),
  };
  const { cached_content: cachedContent, safety_settings: safetySettings } = native;
  return {
    contents,
    ...(system.length === 0 ? {} : { systemInstruction: { parts: system } }),
    ...(tools.length === 0 ? {} : { tools }),
    ...(functionCallingConfig === undefined ? {} : { toolConfig: { functionCallingConfig } }),
    ...(Object.keys(generationConfig).length === 0 ? {} : { generationConfig }),
    ...(Array.isArray(safetySettings) ? { safetySettings } : {}),
    ...(typeof cachedContent === 'string' ? { cachedContent } : {}),
    ...toServiceTier(request.service_tier, service, unsupported),
  };
}

function refuseFunctions({ functions }: ChatCompletionRequest): void {
  if (!Array.isArray(functions) || functions.length === 0) return;
  throw new GatewayError('unsupported_parameter', {
    message: 'The model takes tools in place of functions.',
    param: 'functions',
  });
}

/** @see https://ai.google.dev/gemini-api/docs/openai#extra-body */
function nativeParameters(request: ChatCompletionRequest): Record<string, unknown> {
  const { extra_body: extra, google } = request;
  const inner = isObject(extra) && isObject(extra['google']) ? extra['google'] : {};
  return { ...request, ...inner, ...(isObject(google) ? google : {}) };
}

function thinking(
  request: ChatCompletionRequest,
  native: Record<string, unknown>,
  traits: ModelTraits,
  unsupported: UnsupportedParameters,
): Pick<GenerationConfig, 'thinkingConfig'> {
  const given = native['thinking_config'];
  const thinkingConfig = isObject(given) ? given : toThinkingConfig(request, traits, unsupported);
  return thinkingConfig === undefined ? {} : { thinkingConfig };
}

function toGenerationConfig(
  request: ChatCompletionRequest,
  traits: ModelTraits,
  unsupported: UnsupportedParameters,
): GenerationConfig {
  const { n, seed, stop, logprobs, top_logprobs: topLogprobs } = request;
  const maxTokens = request.max_completion_tokens ?? request.max_tokens;
  const stopSequences = (typeof stop === 'string' ? [stop] : (stop ?? [])).filter((sequence) => sequence !== '');
  const isSeveral = typeof n === 'number' && n > 1;
  if (isSeveral && !traits.hasCandidates) unsupported.add('n');
  return {
    ...(typeof maxTokens === 'number' ? { maxOutputTokens: maxTokens } : {}),
    ...toSampling(request, traits, unsupported),
    ...(isSeveral && traits.hasCandidates ? { candidateCount: n } : {}),
    ...(stopSequences.length === 0 ? {} : { stopSequences }),
    ...(typeof seed === 'number' ? { seed } : {}),
    ...(logprobs === true ? { responseLogprobs: true } : {}),
    ...(logprobs === true && typeof topLogprobs === 'number' && topLogprobs > 0 ? { logprobs: topLogprobs } : {}),
    ...toFormat(request, traits),
    ...toModalities(request, unsupported),
  };
}

function toSampling(
  request: ChatCompletionRequest,
  { hasSampling }: ModelTraits,
  unsupported: UnsupportedParameters,
): GenerationConfig {
  const config: GenerationConfig = {};
  for (const [name, theirs, usual] of SAMPLING) {
    const value = request[name];
    if (typeof value !== 'number') continue;
    if (hasSampling) config[theirs] = value;
    else if (value !== usual) unsupported.add(name);
  }
  return config;
}

const SAMPLING = [
  ['temperature', 'temperature', 1],
  ['top_p', 'topP', 1],
  ['top_k', 'topK', undefined],
  ['presence_penalty', 'presencePenalty', 0],
  ['frequency_penalty', 'frequencyPenalty', 0],
] as const;

/** @see https://ai.google.dev/gemini-api/docs/structured-output */
function toFormat({ response_format: format }: ChatCompletionRequest, traits: ModelTraits): GenerationConfig {
  if (format?.type !== 'json_object' && format?.type !== 'json_schema') return {};
  const json = { responseMimeType: 'application/json' };
  const schema = format.type === 'json_schema' ? format.json_schema.schema : undefined;
  if (!schema) return json;
  return traits.takesJsonSchema
    ? { ...json, responseJsonSchema: toJsonSchema(schema) }
    : { ...json, responseSchema: toOpenApiSchema(schema) };
}

/** @see https://ai.google.dev/gemini-api/docs/speech-generation */
function toModalities(
  { modalities, audio, stream }: ChatCompletionRequest,
  unsupported: UnsupportedParameters,
): GenerationConfig {
  const asked = Array.isArray(modalities) ? modalities.map((name) => String(name).toUpperCase()) : [];
  if (!asked.includes('AUDIO') || !isObject(audio)) {
    // Text alone is what every model gives unasked, and some refuse to be asked.
    return asked.some((name) => name !== 'TEXT') ? { responseModalities: asked } : {};
  }
  const { voice, format } = audio;
  const isKnown = AUDIO_FORMATS.has(format) && !(stream === true && format === 'wav');
  if (format !== undefined && !isKnown) unsupported.add('audio.format');
  return {
    responseModalities: asked,
    ...(typeof voice === 'string'
      ? { speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: voice } } } }
      : {}),
  };
}

/** @see https://ai.google.dev/gemini-api/docs/optimization */
function toServiceTier(
  tier: string | null | undefined,
  service: GeminiService,
  unsupported: UnsupportedParameters,
): Pick<GenerateContentRequest, 'serviceTier'> {
  if (!tier || tier === 'auto') return {};
  const serviceTier = tier === 'default' ? 'standard' : tier;
  if (service === 'gemini' && TIERS.has(serviceTier)) return { serviceTier };
  if (serviceTier !== 'standard') unsupported.add('service_tier');
  return {};
}

const TIERS: ReadonlySet<string> = new Set(['standard', 'flex', 'priority']);
