import { type ChatCompletionRequest, type ChatMessage, type ChatTool } from '../../protocol/chat-completions.js';
import { isObject } from '../../protocol/json.js';
import { CHARACTERS_PER_TOKEN, digestOf, tokensIn } from './simulator.text.js';
import { type SimulatedAnswer, type SimulatorControls } from './simulator.types.js';

/**
 * The same request gets the same answer, to the letter: the text asked for, a tool call where one is forced, a value of
 * the schema where one is asked for, and otherwise the last user message.
 */
export function simulate(request: ChatCompletionRequest, controls: SimulatorControls): SimulatedAnswer {
  const id = digestOf(request.messages);
  const toolCalls = (controls.tool_calls ?? forcedToolCalls(request)).map((call, index) => ({
    id: `call_${id.slice(0, 20)}${String(index).padStart(4, '0')}`,
    name: call.name,
    arguments: JSON.stringify(call.arguments),
  }));
  const whole =
    controls.content ?? (toolCalls.length > 0 ? null : (schemaExample(request) ?? lastUserText(request.messages)));
  const limit = request.max_completion_tokens ?? request.max_tokens ?? Number.POSITIVE_INFINITY;
  const isCut = whole !== null && tokensIn(whole) > limit;
  const content = isCut ? whole.slice(0, limit * CHARACTERS_PER_TOKEN) : whole;
  const reasoningTokens = tokensIn(controls.reasoning ?? '');
  const written = (content ?? '') + toolCalls.map((call) => call.name + call.arguments).join('');
  const prompt = Math.max(1, tokensIn(request.messages.map(textOf).join('\n')));
  const completion = tokensIn(written) + reasoningTokens;
  return {
    id: `chatcmpl-simulated-${id}`,
    created: 0,
    model: request.model,
    content,
    reasoning: controls.reasoning,
    toolCalls,
    finishReason: isCut ? 'length' : toolCalls.length > 0 ? 'tool_calls' : 'stop',
    usage: {
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: prompt + completion,
      prompt_tokens_details: { cached_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: reasoningTokens },
    },
  };
}

function textOf({ content }: ChatMessage): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => ('text' in part ? part.text : '')).join('');
}

function lastUserText(messages: readonly ChatMessage[]): string {
  return textOf(messages.findLast(({ role }) => role === 'user') ?? { role: 'user', content: '' });
}

function forcedToolCalls(request: ChatCompletionRequest): { name: string; arguments: unknown }[] {
  const { tools, tool_choice: choice } = request;
  const wanted = isObject(choice) ? choice.function.name : undefined;
  if (wanted === undefined && choice !== 'required') return [];
  const tool = (tools ?? []).find((one: ChatTool) => wanted === undefined || one.function.name === wanted);
  return tool === undefined ? [] : [{ name: tool.function.name, arguments: exampleOf(tool.function.parameters ?? {}) }];
}

function schemaExample({ response_format: format }: ChatCompletionRequest): string | undefined {
  if (format?.type === 'json_object') return '{}';
  return format?.type === 'json_schema' ? JSON.stringify(exampleOf(format.json_schema.schema ?? {})) : undefined;
}

/** A value that a JSON schema allows, as plain as can be. */
function exampleOf(schema: unknown): unknown {
  if (!isObject(schema)) return null;
  if ('const' in schema) return schema['const'];
  const { enum: options, anyOf, oneOf, properties, items, type } = schema;
  if (Array.isArray(options)) return options[0];
  for (const choices of [anyOf, oneOf]) if (Array.isArray(choices)) return exampleOf(choices[0]);
  switch (Array.isArray(type) ? type[0] : type) {
    case 'string':
      return 'text';
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' ? schema['minimum'] : 1;
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'array':
      return items === undefined ? [] : [exampleOf(items)];
    default: {
      const entries = Object.entries(isObject(properties) ? properties : {});
      return Object.fromEntries(entries.map(([name, property]) => [name, exampleOf(property)]));
    }
  }
}
