import { GatewayError } from '../../errors/gateway-error.js';
import { type ChatCompletionRequest, type ChatTool } from '../../protocol/chat-completions.js';
import { type CohereChatRequest, type CohereTool } from './cohere.types.js';

/**
 * Tools and what is said about their use. Decisions:
 *
 * - Cohere can force some tool, not a certain one: where one function is asked for, it is the only one that is sent.
 * - `strict` is said of all tools or none: one strict tool makes all strict.
 *
 * @throws GatewayError where a tool is no function, or the choice is of a kind that Cohere does not have.
 * @see https://docs.cohere.com/docs/tool-use-overview
 */
export function toTools(
  request: ChatCompletionRequest,
): Pick<CohereChatRequest, 'tools' | 'tool_choice' | 'strict_tools'> {
  const given = request.tools ?? [];
  if (given.length === 0) return {};
  const tools = given.map((tool, index) => {
    if (tool.type === 'function') return tool;
    throw new GatewayError('unsupported_parameter', {
      message: 'The model takes only tools of type function.',
      param: `tools[${index}].type`,
    });
  });
  const isStrict = tools.some((tool) => tool.function.strict === true);
  return {
    ...toToolChoice(request, tools),
    ...(isStrict ? { strict_tools: true } : {}),
  };
}

function toToolChoice(
  { tool_choice: choice }: ChatCompletionRequest,
  tools: readonly ChatTool[],
): Pick<CohereChatRequest, 'tools' | 'tool_choice'> {
  switch (choice) {
    case null:
    case undefined:
    case 'auto':
      return { tools: tools.map(toTool) };
    case 'none':
      return { tools: tools.map(toTool), tool_choice: 'NONE' };
    case 'required':
      return { tools: tools.map(toTool), tool_choice: 'REQUIRED' };
    default: {
      const wanted = choice.type === 'function' ? choice.function.name : undefined;
      const chosen = tools.filter((tool) => tool.function.name === wanted);
      if (chosen.length > 0) return { tools: chosen.map(toTool), tool_choice: 'REQUIRED' };
      throw new GatewayError(wanted === undefined ? 'unsupported_parameter' : 'invalid_value', {
        message:
          wanted === undefined
            ? 'The model does not support this kind of tool choice.'
            : 'The function that must be called is not among the tools.',
        param: 'tool_choice',
      });
    }
  }
}

function toTool({ function: { name, description, parameters } }: ChatTool): CohereTool {
  return {
    type: 'function',
    function: {
      name,
      ...(typeof description === 'string' && description !== '' ? { description } : {}),
      parameters: parameters ?? { type: 'object', properties: {} },
    },
  };
}
