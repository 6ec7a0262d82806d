import { type ListedModel } from '../../dispatch/model-router.js';
import { type Model, type ModelCapabilities } from '../../protocol/models.js';

/**
 * A model as OpenAI describes it, with what is known of it besides.
 * @param created seconds since 1970.
 */
export function describeModel({ name, providers, facts }: ListedModel, created: number): Model {
  const { contextWindow, maxOutputTokens, inputModalities, outputModalities, tools, jsonSchema, reasoning } = facts;
  const capabilities: ModelCapabilities = {
    ...(tools === undefined ? {} : { tools }),
    ...(jsonSchema === undefined ? {} : { json_schema: jsonSchema }),
    ...(reasoning === undefined ? {} : { reasoning }),
  };
  return {
    id: name,
    object: 'model',
    created,
    owned_by: providers.join(', ') || 'nestgate',
    ...(contextWindow === undefined ? {} : { context_window: contextWindow }),
    ...(maxOutputTokens === undefined ? {} : { max_output_tokens: maxOutputTokens }),
    ...(inputModalities === undefined ? {} : { input_modalities: inputModalities }),
    ...(outputModalities === undefined ? {} : { output_modalities: outputModalities }),
    ...(Object.keys(capabilities).length === 0 ? {} : { capabilities }),
  };
}
