import { GatewayError } from '../../errors/gateway-error.js';
import { type ChatCompletionRequest, type ChatTool } from '../../protocol/chat-completions.js';
import { isObject } from '../../protocol/json.js';
import { type UnsupportedParameters } from '../unsupported-parameters.js';
import { type ModelTraits } from './gemini.models.js';
import { toJsonSchema, toOpenApiSchema } from './gemini.schema.js';
import { type FunctionCallingConfig, type FunctionDeclaration, type GeminiTool } from './gemini.types.js';

/** Google's own tools, by the names clients have for them. */
const NATIVE_TOOLS: ReadonlyMap<string, string> = new Map(
  [
    'googleSearch',
    'googleSearchRetrieval',
    'codeExecution',
    'urlContext',
    'fileSearch',
    'googleMaps',
    'computerUse',
    'enterpriseWebSearch',
    'retrieval',
  ].flatMap((name) => [
    [name, name],
    [name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), name],
  ]),
);

/**
 * Tools as Google's. Schemas go whole to the models that take JSON Schema, in OpenAPI's subset to earlier ones.
 *
 * Google's own tools are taken as `{type: 'google_search', google_search: {…}}`; OpenAI's `web_search_options` asks for
 * the same search.
 *
 * @throws GatewayError where a tool is of another kind.
 * @see https://ai.google.dev/gemini-api/docs/function-calling
 */
export function toTools(
  request: ChatCompletionRequest,
  traits: ModelTraits,
  unsupported: UnsupportedParameters,
): GeminiTool[] {
  const functionDeclarations: FunctionDeclaration[] = [];
  const native: GeminiTool[] = [];
  (request.tools ?? []).forEach((tool, index) => {
    if (tool.type === 'function' || tool.type === undefined) {
      functionDeclarations.push(toDeclaration(tool, traits));
      return;
    }
    native.push(nativeTool(tool, index));
  });
  const search = request['web_search_options'];
  if (isObject(search)) {
    native.push({ googleSearch: {} });
    for (const name of Object.keys(search)) unsupported.add(`web_search_options.${name}`);
  }
  return functionDeclarations.length === 0 ? native : [{ functionDeclarations }, ...native];
}

function toDeclaration({ function: definition }: ChatTool, traits: ModelTraits): FunctionDeclaration {
  const { name, description, parameters } = definition;
  return {
    name,
    ...(description ? { description } : {}),
    ...(parameters ? toParameters(parameters, traits) : {}),
  };
}

function toParameters(schema: Record<string, unknown>, traits: ModelTraits): Partial<FunctionDeclaration> {
  if (traits.takesJsonSchema) return { parametersJsonSchema: toJsonSchema({ type: 'object', ...schema }) };
  const parameters = toOpenApiSchema({ type: 'object', ...schema });
  // An object of no properties is refused.
  const isEmpty = Object.keys(isObject(parameters['properties']) ? parameters['properties'] : {}).length === 0;
  return isEmpty ? {} : { parameters };
}

function nativeTool(tool: { readonly type: string }, index: number): GeminiTool {
  const name = NATIVE_TOOLS.get(tool.type);
  if (name === undefined) {
    throw new GatewayError('unsupported_parameter', {
      message: 'The model takes tools of type function, and Google’s own.',
      param: `tools[${index}].type`,
    });
  }
  const settings: unknown = (tool as Record<string, unknown>)[tool.type];
  return { [name]: isObject(settings) ? settings : {} };
}

/**
 * Whether and what the model must call. `undefined` where the API's own default says the same. `strict` tools are held
 * to their schema by the mode `VALIDATED`; where a call is forced, all are.
 *
 * @throws GatewayError where the choice is of a kind that the API does not have.
 * @see https://ai.google.dev/gemini-api/docs/function-calling#function_calling_modes
 */
export function toFunctionCalling(
  request: ChatCompletionRequest,
  traits: ModelTraits,
  unsupported: UnsupportedParameters,
): FunctionCallingConfig | undefined {
  const functions = (request.tools ?? []).filter(({ type }) => type === 'function' || type === undefined);
  if (request.parallel_tool_calls === false && functions.length > 0) unsupported.add('parallel_tool_calls');
  if (functions.length === 0) return undefined;
  const strict = functions.findIndex((tool) => tool.function.strict === true);
  const choice: unknown = request.tool_choice ?? undefined;
  switch (choice) {
    case 'none':
      return { mode: 'NONE' };
    case 'required':
      return { mode: 'ANY' };
    case 'auto':
    case undefined:
      if (strict >= 0 && traits.takesJsonSchema) return { mode: 'VALIDATED' };
      if (strict >= 0) unsupported.add(`tools[${strict}].function.strict`);
      return choice === undefined ? undefined : { mode: 'AUTO' };
    default:
      return namedChoice(choice);
  }
}

function namedChoice(choice: unknown): FunctionCallingConfig {
  if (isObject(choice)) {
    const name = nameOf(choice);
    if (choice['type'] === 'function' && name !== undefined) return { mode: 'ANY', allowedFunctionNames: [name] };
    const allowed = choice['allowed_tools'];
    if (choice['type'] === 'allowed_tools' && isObject(allowed) && Array.isArray(allowed['tools'])) {
      const names = allowed['tools'].flatMap((tool: unknown) => nameOf(tool) ?? []);
      return { mode: allowed['mode'] === 'required' ? 'ANY' : 'VALIDATED', allowedFunctionNames: names };
    }
  }
  throw new GatewayError('unsupported_parameter', {
    message: 'The model does not support this kind of tool choice.',
    param: 'tool_choice',
  });
}

function nameOf(tool: unknown): string | undefined {
  const definition = isObject(tool) ? tool['function'] : undefined;
  const name = isObject(definition) ? definition['name'] : undefined;
  return typeof name === 'string' ? name : undefined;
}
