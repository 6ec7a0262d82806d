import { GatewayError } from '../../errors/gateway-error.js';
import { type ChatCompletionRequest, type ChatTool } from '../../protocol/chat-completions.js';
import { isObject } from '../../protocol/json.js';
import { type ContentTranslation } from './bedrock.content.js';
import { type ConverseTurn, type ToolBlock, type ToolChoice, type ToolConfig, type ToolSpec } from './bedrock.types.js';

/**
 * Tools as Bedrock's. Schemas travel unchanged, with every keyword; the API wants them to say `type: object`, which
 * OpenAI's clients may leave out. `strict` goes to the models that keep to schemas; for others it is a parameter they
 * have nothing for.
 *
 * The API has no `tool_choice: none`: the tools stay here. Where the conversation holds calls already it demands tools
 * all the same; then they go along, and the model is free to call them. Without any tools in the request, those that
 * were called stand in, by their names alone.
 *
 * Bedrock's own tools (`{systemTool: {name: 'nova_grounding'}}`) travel as they are.
 *
 * @param turns of the conversation.
 * @throws GatewayError where a tool or the choice is of a kind that the API does not have.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/tool-use.html
 */
export function toToolConfig(
  request: ChatCompletionRequest,
  turns: readonly ConverseTurn[],
  translation: ContentTranslation,
): ToolConfig | undefined {
  const offered = request.tools ?? [];
  const called = calledTools(turns);
  const isForbidden = request.tool_choice === 'none' && offered.length > 0;
  if (isForbidden && called.size === 0) return undefined;
  if (isForbidden) translation.unsupported.add('tool_choice');
  if (offered.length === 0) {
    const tools = [...called].map((name) => ({ toolSpec: { name, inputSchema: { json: ANY_OBJECT } } }));
    return tools.length === 0 ? undefined : { tools };
  }
  if (request.parallel_tool_calls === false) translation.unsupported.add('parallel_tool_calls');
  const toolChoice = toToolChoice(request);
  return {
    tools: offered.flatMap((tool, index) => {
      const path = `tools[${index}]`;
      const points = [tool, tool.function ?? {}].flatMap((holder) => translation.cachePoints(holder, path, true));
      return [toToolBlock(tool, path, translation), ...points.slice(0, 1)];
    }),
    ...(toolChoice === undefined ? {} : { toolChoice }),
  };
}

const ANY_OBJECT = { type: 'object', properties: {} };

function calledTools(turns: readonly ConverseTurn[]): Set<string> {
  const names = turns.flatMap(({ content }) =>
    content.flatMap((block) => ('toolUse' in block ? [block.toolUse.name] : [])),
  );
  return new Set(names);
}

function toToolBlock(tool: ChatTool, path: string, { model, unsupported }: ContentTranslation): ToolBlock {
  if (tool.type !== 'function') {
    const system: unknown = 'systemTool' in tool ? tool['systemTool'] : undefined;
    if (isObject(system) && typeof system['name'] === 'string') return { systemTool: { name: system['name'] } };
    throw new GatewayError('unsupported_parameter', {
      message: 'The model takes only tools of type function.',
      param: `${path}.type`,
    });
  }
  const { name, description, parameters, strict } = tool.function;
  if (strict === true && !model.keepsSchemas) unsupported.add(`${path}.function.strict`);
  const toolSpec: ToolSpec = {
    name,
    ...(typeof description === 'string' && description !== '' ? { description } : {}),
    inputSchema: { json: parameters ? { type: 'object', ...parameters } : ANY_OBJECT },
    ...(strict === true && model.keepsSchemas ? { strict } : {}),
  };
  return { toolSpec };
}

/** `undefined` where the API's own default says the same: some models refuse it spelt out. */
function toToolChoice({ tool_choice: choice }: ChatCompletionRequest): ToolChoice | undefined {
  if (choice === undefined || choice === null || choice === 'auto' || choice === 'none') return undefined;
  if (choice === 'required') return { any: {} };
  if (choice.type === 'function') return { tool: { name: choice.function.name } };
  throw new GatewayError('unsupported_parameter', {
    message: 'The model does not support this kind of tool choice.',
    param: 'tool_choice',
  });
}
