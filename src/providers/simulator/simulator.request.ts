import { createHash } from 'node:crypto';
import { GatewayError } from '../../errors/gateway-error.js';
import { type ChatCompletionRequest, type ChatMessage, type ChatTool } from '../../protocol/chat-completions.js';
import { isObject } from '../../protocol/json.js';
import { type SimulatedAnswer, type SimulatorControls } from './simulator.types.js';

const CHARACTERS_PER_TOKEN = 4;
const MAX_DELAY_MS = 600_000;
const CONTROLS = ['content', 'reasoning', 'tool_calls', 'delay_ms', 'chunk_delay_ms', 'error'];
const ERROR_CONTROLS = ['status', 'message', 'code', 'retry_after', 'after_chunks'];

/** @throws GatewayError naming the field of `simulator` that is wrong. */
export function readControls(request: ChatCompletionRequest): SimulatorControls {
  const given = request['simulator'] ?? {};
  if (!isObject(given)) throw invalid('simulator', 'an object');
  refuseOthers(given, CONTROLS, 'simulator');
  const { content, reasoning, tool_calls: toolCalls, error } = given;
  if (content !== undefined && typeof content !== 'string') throw invalid('simulator.content', 'a string');
  if (reasoning !== undefined && typeof reasoning !== 'string') throw invalid('simulator.reasoning', 'a string');
  return {
    ...(content === undefined ? {} : { content }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(toolCalls === undefined ? {} : { tool_calls: readToolCalls(toolCalls) }),
    delay_ms: readNumber(given, 'delay_ms', MAX_DELAY_MS) ?? 0,
    chunk_delay_ms: readNumber(given, 'chunk_delay_ms', MAX_DELAY_MS) ?? 0,
    ...(error === undefined ? {} : { error: readError(error) }),
  };
}

/**
 * The same request gets the same answer, to the letter: the text asked for, a tool call where one is forced, a value of
 * the schema where one is asked for, and otherwise the last user message.
 */
export function simulate(request: ChatCompletionRequest, controls: SimulatorControls): SimulatedAnswer {
  const id = createHash('sha256').update(JSON.stringify(request.messages)).digest('hex').slice(0, 24);
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

function tokensIn(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
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

function refuseOthers(from: Record<string, unknown>, known: readonly string[], path: string): void {
  if (Object.keys(from).some((name) => !known.includes(name))) throw invalid(path, `made of ${known.join(', ')}`);
}

function readToolCalls(value: unknown): { name: string; arguments: unknown }[] {
  if (!Array.isArray(value)) throw invalid('simulator.tool_calls', 'an array');
  return value.map((call: unknown, index) => {
    if (!isObject(call) || typeof call['name'] !== 'string') {
      throw invalid(`simulator.tool_calls[${index}].name`, 'a string');
    }
    return { name: call['name'], arguments: call['arguments'] ?? {} };
  });
}

function readError(value: unknown): NonNullable<SimulatorControls['error']> {
  if (!isObject(value)) throw invalid('simulator.error', 'an object');
  refuseOthers(value, ERROR_CONTROLS, 'simulator.error');
  const { message, code } = value;
  const status = readNumber(value, 'status', 599, 'simulator.error') ?? 500;
  if (status < 400) throw invalid('simulator.error.status', 'a status from 400 to 599');
  const retryAfter = readNumber(value, 'retry_after', 3_600, 'simulator.error');
  const afterChunks = readNumber(value, 'after_chunks', 1_000_000, 'simulator.error');
  return {
    status,
    message: typeof message === 'string' ? message : 'The simulator was asked to fail.',
    code: typeof code === 'string' ? code : null,
    ...(retryAfter === undefined ? {} : { retry_after: retryAfter }),
    ...(afterChunks === undefined ? {} : { after_chunks: afterChunks }),
  };
}

function readNumber(from: Record<string, unknown>, name: string, max: number, path = 'simulator'): number | undefined {
  const value = from[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !(value >= 0 && value <= max))
    throw invalid(`${path}.${name}`, `a number from 0 to ${max}`);
  return value;
}

function invalid(param: string, expected: string): GatewayError {
  return new GatewayError('invalid_value', { message: `'${param}' must be ${expected}.`, param });
}
