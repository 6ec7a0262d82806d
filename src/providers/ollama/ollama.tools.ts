import { GatewayError } from '../../errors/gateway-error.js';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { type UnsupportedParameters } from '../unsupported-parameters.js';
import { type OllamaTool } from './ollama.types.js';

/**
 * Tools as Ollama's, which are OpenAI's without `strict`. Ollama has no choice among them: it cannot be made to call
 * one, and for `none` it is told of none.
 *
 * @throws GatewayError where a tool is none of functions, or the policy for parameters is strict.
 * @see https://docs.ollama.com/capabilities/tool-calling
 */
export function toTools(request: ChatCompletionRequest, unsupported: UnsupportedParameters): OllamaTool[] {
  const { tool_choice: choice } = request;
  const tools = (request.tools ?? []).map((tool, index): OllamaTool => {
    if (tool.type !== 'function') {
      throw new GatewayError('unsupported_parameter', {
        message: 'The model takes only tools of type function.',
        param: `tools[${index}].type`,
      });
    }
    const { name, description, parameters, strict } = tool.function;
    if (strict === true) unsupported.add(`tools[${index}].function.strict`);
    return {
      type: 'function',
      function: {
        name,
        ...(typeof description === 'string' ? { description } : {}),
        parameters: parameters ?? { type: 'object', properties: {} },
      },
    };
  });
  if (choice === 'none') return [];
  if (choice !== undefined && choice !== null && choice !== 'auto') unsupported.add('tool_choice');
  return tools;
}
