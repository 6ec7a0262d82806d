import { GatewayError } from '../../errors/gateway-error.js';
import { type ChatCompletionRequest, type ChatTool } from '../../protocol/chat-completions.js';
import { cacheControl } from './anthropic.content.js';
import { type MessagesTool, type MessagesToolChoice } from './anthropic.types.js';

/**
 * Tools as Anthropic's. Schemas travel unchanged, with every keyword; the API wants them to say `type: object`, which
 * OpenAI's clients may leave out.
 *
 * Anthropic's own server tools (`{type: 'web_search_20250305', …}`) travel as they are.
 *
 * @throws GatewayError where a tool is neither.
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/define-tools
 */
export function toTools(request: ChatCompletionRequest): MessagesTool[] {
  return (request.tools ?? []).map((tool, index) => {
    if (tool.type === 'function') return toTool(tool);
    const native = nativeTool(tool);
    if (native !== undefined) return native;
    throw new GatewayError('unsupported_parameter', {
      message: 'The model takes only tools of type function.',
      param: `tools[${index}].type`,
    });
  });
}

function toTool(tool: ChatTool): MessagesTool {
  const { name, description, parameters, strict } = tool.function;
  const cached = cacheControl(tool) ?? cacheControl(tool.function);
  return {
    name,
    ...(typeof description === 'string' && description !== '' ? { description } : {}),
    input_schema: parameters ? { type: 'object', ...parameters } : { type: 'object', properties: {} },
    ...(strict === true ? { strict } : {}),
    ...(cached === undefined ? {} : { cache_control: cached }),
  };
}

/** Types of server tools end in the date of their version. */
function nativeTool(tool: unknown): MessagesTool | undefined {
  if (typeof tool !== 'object' || tool === null || !('type' in tool) || typeof tool.type !== 'string') return undefined;
  return /_\d{8}$/.test(tool.type) ? (tool as unknown as MessagesTool) : undefined;
}

/**
 * Whether and what the model must call. `undefined` where the API's own default says the same.
 * @throws GatewayError where the choice is of a kind that the API does not have.
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/define-tools#controlling-claudes-output
 */
export function toToolChoice(request: ChatCompletionRequest): MessagesToolChoice | undefined {
  // The API refuses a choice without tools to choose from.
  if ((request.tools ?? []).length === 0) return undefined;
  const choice = request.tool_choice ?? 'auto';
  const single = request.parallel_tool_calls === false ? ({ disable_parallel_tool_use: true } as const) : {};
  switch (choice) {
    case 'none':
      return { type: 'none' };
    case 'auto':
      return request.tool_choice === 'auto' || request.parallel_tool_calls === false
        ? { type: 'auto', ...single }
        : undefined;
    case 'required':
      return { type: 'any', ...single };
    default:
      if (choice.type === 'function') return { type: 'tool', name: choice.function.name, ...single };
      throw new GatewayError('unsupported_parameter', {
        message: 'The model does not support this kind of tool choice.',
        param: 'tool_choice',
      });
  }
}
