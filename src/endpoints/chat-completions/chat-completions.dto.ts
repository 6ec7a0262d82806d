import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { isObject } from '../../protocol/json.js';
import {
  checkArray,
  checkBoolean,
  checkInteger,
  checkModel,
  checkNames,
  checkNumber,
  checkObject,
  checkStop,
  checkStream,
  checkString,
  invalidType,
  invalidValue,
  missing,
} from '../parameter-checks.js';
import { CHAT_REQUEST } from './chat-completions.schemas.js';

const ROLES: ReadonlySet<unknown> = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function']);

/**
 * Sees that a body is a chat request as far as every provider would agree; what lies deeper the provider checks.
 * @throws GatewayError naming the parameter.
 */
export function checkChatCompletionRequest(body: Record<string, unknown>): ChatCompletionRequest {
  checkNames(body, CHAT_REQUEST.names);
  checkModel(body);
  checkMessages(body);
  checkStream(body);
  checkInteger(body, 'max_tokens', 1, Number.MAX_SAFE_INTEGER);
  checkInteger(body, 'max_completion_tokens', 1, Number.MAX_SAFE_INTEGER);
  checkInteger(body, 'n', 1, 128);
  checkInteger(body, 'top_logprobs', 0, 20);
  checkNumber(body, 'temperature', 0, 2);
  checkNumber(body, 'top_p', 0, 1);
  checkNumber(body, 'presence_penalty', -2, 2);
  checkNumber(body, 'frequency_penalty', -2, 2);
  checkBoolean(body, 'logprobs');
  checkBoolean(body, 'parallel_tool_calls');
  checkString(body, 'user');
  checkString(body, 'reasoning_effort');
  checkString(body, 'service_tier');
  checkObject(body, 'metadata');
  checkObject(body, 'logit_bias');
  checkStop(body);
  checkTools(body);
  checkResponseFormat(body);
  // Every field that this gateway reads has been looked at.
  return body as unknown as ChatCompletionRequest;
}

function checkMessages(body: Readonly<Record<string, unknown>>): void {
  const messages = checkArray(body, 'messages');
  if (messages === undefined) throw missing('messages');
  if (messages.length === 0) throw invalidValue('messages', 'an array with at least one message');
  for (let index = 0; index < messages.length; index++) {
    const message: unknown = messages[index];
    if (!isObject(message)) throw invalidType(`messages[${index}]`, 'an object');
    if (!ROLES.has(message['role'])) {
      throw invalidValue(`messages[${index}].role`, 'one of system, developer, user, assistant, tool, function');
    }
    checkContent(message, index);
  }
}

function checkContent(message: Readonly<Record<string, unknown>>, index: number): void {
  const { role, content } = message;
  if (typeof content === 'string') return;
  const param = `messages[${index}].content`;
  if (content === undefined || content === null) {
    if (role === 'assistant' || role === 'function' || role === 'tool') return;
    throw invalidValue(param, 'a string or an array of content parts');
  }
  if (!Array.isArray(content)) throw invalidValue(param, 'a string or an array of content parts');
  for (let part = 0; part < content.length; part++) {
    const value: unknown = content[part];
    if (!isObject(value)) throw invalidType(`${param}[${part}]`, 'an object');
    if (typeof value['type'] !== 'string') throw invalidType(`${param}[${part}].type`, 'a string');
    if (value['type'] === 'text' && typeof value['text'] !== 'string') {
      throw invalidType(`${param}[${part}].text`, 'a string');
    }
  }
}

function checkTools(body: Readonly<Record<string, unknown>>): void {
  const tools = checkArray(body, 'tools') ?? [];
  for (let index = 0; index < tools.length; index++) {
    const tool: unknown = tools[index];
    if (!isObject(tool)) throw invalidType(`tools[${index}]`, 'an object');
    const type = tool['type'] ?? 'function';
    if (typeof type !== 'string') throw invalidType(`tools[${index}].type`, 'a string');
    if (type !== 'function') continue;
    const definition = tool['function'];
    if (!isObject(definition)) throw invalidType(`tools[${index}].function`, 'an object');
    if (typeof definition['name'] !== 'string') throw invalidType(`tools[${index}].function.name`, 'a string');
  }
  const choice = body['tool_choice'];
  if (choice !== undefined && choice !== null && typeof choice !== 'string' && !isObject(choice)) {
    throw invalidType('tool_choice', 'a string or an object');
  }
}

function checkResponseFormat(body: Readonly<Record<string, unknown>>): void {
  const format = checkObject(body, 'response_format');
  if (format === undefined) return;
  if (typeof format['type'] !== 'string') throw invalidType('response_format.type', 'a string');
  if (format['type'] === 'json_schema' && !isObject(format['json_schema'])) {
    throw invalidType('response_format.json_schema', 'an object');
  }
}
