import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { isObject } from '../../protocol/json.js';
import { type UnsupportedParameters } from '../unsupported-parameters.js';
import { ContentTranslation } from './bedrock.content.js';
import { toConversation } from './bedrock.conversation.js';
import { reportOthers } from './bedrock.limits.js';
import { bedrockModel } from './bedrock.models.js';
import { planReasoning, type ReasoningPlan } from './bedrock.reasoning-effort.js';
import { toToolConfig } from './bedrock.tools.js';
import { type ConverseRequest, type InferenceConfig, type OutputConfig, type SystemBlock } from './bedrock.types.js';

export interface ConverseRequestOptions {
  /** The model by Bedrock's name for it. */
  readonly upstreamModel: string;
  readonly unsupported: UnsupportedParameters;
}

/**
 * A chat completion request as Bedrock's Converse API takes it, streamed or not. Decisions:
 *
 * - `temperature` goes to 2 at OpenAI and to 1 here: what is above 1 becomes 1.
 * - `response_format` `json_schema` becomes `outputConfig`, always strict. Models that keep to no schema get it as an
 *   instruction, and the client is told. `json_object`, which Bedrock lacks, is an instruction too.
 * - `service_tier` and `metadata` have counterparts.
 * - Of Converse's own parameters `additionalModelRequestFields`, `additionalModelResponseFieldPaths`, `guardrailConfig`,
 *   `performanceConfig`, `promptVariables` and `requestMetadata` are passed on, and `top_k` in the words of the model.
 *
 * @throws GatewayError (400) where the request holds what the API does not take.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
export function toConverseRequest(
  request: ChatCompletionRequest,
  { upstreamModel, unsupported }: ConverseRequestOptions,
): ConverseRequest {
  const translation = new ContentTranslation(bedrockModel(upstreamModel), unsupported);
  reportOthers(request, unsupported);
  const { messages, system: instructions } = toConversation(request.messages, translation);
  const toolConfig = toToolConfig(request, messages, translation);
  const plan = planReasoning(request, { messages, toolConfig }, translation);
  const inferenceConfig = toInferenceConfig(request, plan, translation);
  const outputConfig = toOutputConfig(request, translation);
  const system = [...instructions, ...formatInstruction(request, translation)];
  const fields = toModelFields(request, plan, translation);
  const serviceTier = toServiceTier(request, unsupported);
  return {
    messages,
    ...(system.length === 0 ? {} : { system }),
    ...(Object.keys(inferenceConfig).length === 0 ? {} : { inferenceConfig }),
    ...(toolConfig === undefined ? {} : { toolConfig }),
    ...(outputConfig === undefined ? {} : { outputConfig }),
    ...(Object.keys(fields).length === 0 ? {} : { additionalModelRequestFields: fields }),
    ...(serviceTier === undefined ? {} : { serviceTier }),
    ...toRequestMetadata(request, unsupported),
    ...nativeParameters(request),
  };
}

function toInferenceConfig(
  request: ChatCompletionRequest,
  plan: ReasoningPlan,
  { model, unsupported }: ContentTranslation,
): InferenceConfig {
  const { temperature, top_p: topP } = request;
  const maxTokens = request.max_completion_tokens ?? request.max_tokens ?? plan.maxTokens;
  const { taken: stopSequences, isCut } = toStopSequences(request.stop, model.claude !== undefined);
  if (isCut) unsupported.add('stop');
  const sampling = model.claude?.sampling ?? 'both';
  const hasTemperature = typeof temperature === 'number' && sampling !== 'neither' && !plan.thinks;
  const hasTopP = typeof topP === 'number' && sampling !== 'neither' && !plan.thinks;
  const keepsTopP = hasTopP && !(hasTemperature && sampling === 'either');
  if (typeof temperature === 'number' && temperature !== 1 && !hasTemperature) unsupported.add('temperature');
  if (typeof topP === 'number' && topP !== 1 && !keepsTopP) unsupported.add('top_p');
  return {
    ...(typeof maxTokens === 'number' ? { maxTokens } : {}),
    ...(hasTemperature ? { temperature: Math.min(temperature, 1) } : {}),
    ...(keepsTopP ? { topP } : {}),
    ...(stopSequences.length === 0 ? {} : { stopSequences }),
  };
}

/** Claude refuses sequences of white space alone, all models empty ones, which mean nothing. */
function toStopSequences(
  stop: string | readonly string[] | null | undefined,
  isClaude: boolean,
): { taken: string[]; isCut: boolean } {
  const sequences = (typeof stop === 'string' ? [stop] : (stop ?? [])).filter((sequence) => sequence !== '');
  const taken = sequences.filter((sequence) => !isClaude || sequence.trim() !== '');
  return { taken, isCut: taken.length < sequences.length };
}

/** @see https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html */
function toOutputConfig(
  { response_format: format }: ChatCompletionRequest,
  { model, unsupported }: ContentTranslation,
): OutputConfig | undefined {
  if (format?.type !== 'json_schema') return undefined;
  const { schema, name, description } = format.json_schema;
  if (!schema) return undefined;
  if (!model.keepsSchemas) {
    unsupported.add('response_format');
    return undefined;
  }
  const jsonSchema = {
    schema: JSON.stringify(schema),
    ...(typeof name === 'string' && name !== '' ? { name } : {}),
    ...(typeof description === 'string' && description !== '' ? { description } : {}),
  };
  return { textFormat: { type: 'json_schema', structure: { jsonSchema } } };
}

function formatInstruction(
  { response_format: format }: ChatCompletionRequest,
  { model }: ContentTranslation,
): SystemBlock[] {
  const schema = format?.type === 'json_schema' ? format.json_schema.schema : undefined;
  if (schema && model.keepsSchemas) return [];
  if (format?.type !== 'json_object' && format?.type !== 'json_schema') return [];
  const keeping = schema ? ` It keeps to this JSON schema: ${JSON.stringify(schema)}` : '';
  return [{ text: `Answer with one valid JSON object and nothing else: no code fence, no other text.${keeping}` }];
}

/** What the client says in the model's own words stands before what is said for it. */
function toModelFields(
  request: ChatCompletionRequest,
  plan: ReasoningPlan,
  { model, unsupported }: ContentTranslation,
): Record<string, unknown> {
  const { top_k: topK, additionalModelRequestFields: native } = request;
  const isTaken = model.topK !== undefined && !plan.thinks && model.claude?.sampling !== 'neither';
  if (typeof topK === 'number' && !isTaken) unsupported.add('top_k');
  const sampling =
    typeof topK !== 'number' || !isTaken
      ? {}
      : model.topK === 'inferenceConfig.topK'
        ? { inferenceConfig: { topK } }
        : { [model.topK ?? 'top_k']: topK };
  return { ...plan.fields, ...sampling, ...(isObject(native) ? native : {}) };
}

const SERVICE_TIERS: ReadonlySet<string> = new Set(['default', 'flex', 'priority', 'reserved']);

/** @see https://docs.aws.amazon.com/bedrock/latest/userguide/service-tiers-inference.html */
function toServiceTier(
  { service_tier: tier }: ChatCompletionRequest,
  unsupported: UnsupportedParameters,
): ConverseRequest['serviceTier'] {
  if (typeof tier !== 'string' || tier === 'auto') return undefined;
  if (SERVICE_TIERS.has(tier)) return { type: tier };
  unsupported.add('service_tier');
  return undefined;
}

/** What Bedrock takes as keys and values. */
const METADATA_TEXT = /^[a-zA-Z0-9\s:_@$#=/+,.-]{1,256}$/;

/** It goes into the invocation log of the operator's account. */
function toRequestMetadata(
  { metadata }: ChatCompletionRequest,
  unsupported: UnsupportedParameters,
): Pick<ConverseRequest, 'requestMetadata'> {
  const entries = Object.entries(metadata ?? {});
  if (entries.length === 0) return {};
  const isTaken = entries.every(([key, value]) => METADATA_TEXT.test(key) && METADATA_TEXT.test(value));
  if (isTaken && entries.length <= 16) return { requestMetadata: metadata };
  unsupported.add('metadata');
  return {};
}

const NATIVE = [
  'additionalModelResponseFieldPaths',
  'guardrailConfig',
  'performanceConfig',
  'promptVariables',
  'requestMetadata',
] as const;

function nativeParameters(request: ChatCompletionRequest): Partial<ConverseRequest> {
  const given = NATIVE.filter((name) => request[name] !== undefined && request[name] !== null);
  return Object.fromEntries(given.map((name) => [name, request[name]]));
}
