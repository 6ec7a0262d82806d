import { GatewayError } from '../../errors/gateway-error.js';
import {
  type ChatAssistantMessage,
  type ChatMessage,
  type ChatSystemMessage,
  type ChatToolMessage,
} from '../../protocol/chat-completions.js';
import { isObject } from '../../protocol/json.js';
import { cacheControl, textBlocks, toBlocks } from './anthropic.content.js';
import { toThinkingBlocks } from './anthropic.reasoning.js';
import {
  type ContentBlock,
  type MessageTurn,
  type TextBlock,
  type ToolResultBlock,
  type ToolUseBlock,
} from './anthropic.types.js';

export interface Conversation {
  readonly system: TextBlock[];
  readonly messages: MessageTurn[];
}

/**
 * OpenAI's messages as Anthropic's turns.
 *
 * - System and developer messages all go to `system`, in their order, also those from mid-conversation: most models take
 *   no others, and Anthropic's own OpenAI endpoint does the same.
 * - Consecutive messages of one side become one turn; the results of several tool calls so come in one user turn, before
 *   whatever else it holds, as the API demands.
 * - A message that holds nothing is left out: the API refuses it.
 * - Instructions alone, without any message, become a user turn: the API refuses a conversation without one.
 *
 * @throws GatewayError
 * @see https://platform.claude.com/docs/en/api/openai-sdk
 */
export function toConversation(messages: readonly ChatMessage[]): Conversation {
  const system: TextBlock[] = [];
  const turns: MessageTurn[] = [];
  const add = (role: MessageTurn['role'], blocks: ContentBlock[], message: ChatMessage): void => {
    const cached = cacheLast(blocks, message);
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...cached);
    else if (cached.length > 0) turns.push({ role, content: cached });
  };
  messages.forEach((message, index) => {
    const path = `messages[${index}]`;
    switch (message.role) {
      case 'system':
      case 'developer':
        system.push(...cacheLast(systemBlocks(message, path), message));
        break;
      case 'user':
        add('user', toBlocks(message.content, `${path}.content`), message);
        break;
      case 'assistant':
        add('assistant', assistantBlocks(message, path, index), message);
        break;
      case 'tool':
      case 'function':
        add('user', [toolResult(message, path, () => lastLegacyId(messages, index))], message);
        break;
      default:
        throw new GatewayError('invalid_value', { message: 'The role is not known.', param: `${path}.role` });
    }
  });
  for (const turn of turns) if (turn.role === 'user') turn.content = resultsFirst(turn.content);
  trimEnd(turns.at(-1));
  if (turns.length === 0 && system.length > 0) return { system: [], messages: [{ role: 'user', content: system }] };
  return { system, messages: turns };
}

function systemBlocks(message: ChatSystemMessage, path: string): TextBlock[] {
  return toBlocks(message.content, `${path}.content`).filter((block) => block.type === 'text');
}

function assistantBlocks(message: ChatAssistantMessage, path: string, index: number): ContentBlock[] {
  const calls = (message.tool_calls ?? []).map((call, at) =>
    toolUse(call.id, call.function, `${path}.tool_calls[${at}].function.arguments`),
  );
  if (message.function_call) {
    calls.push(toolUse(legacyId(index), message.function_call, `${path}.function_call.arguments`));
  }
  return [
    ...toThinkingBlocks(message),
    ...toBlocks(message.content, `${path}.content`),
    ...textBlocks(message.refusal ?? ''),
    ...calls,
  ];
}

function toolUse(id: string, call: { name: string; arguments: string }, param: string): ToolUseBlock {
  return { type: 'tool_use', id: toolUseId(id), name: call.name, input: readArguments(call.arguments, param) };
}

function readArguments(text: string, param: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (isObject(value)) return value;
  throw new GatewayError('invalid_value', {
    message: 'The arguments of a tool call must be a JSON object in a string.',
    param,
  });
}

function toolResult(message: ChatToolMessage, path: string, legacy: () => string | undefined): ToolResultBlock {
  const id = message.tool_call_id ?? (message.role === 'function' ? legacy() : undefined);
  if (id === undefined) {
    throw new GatewayError('missing_required_parameter', {
      message: 'A tool message must say which call it answers.',
      param: `${path}.tool_call_id`,
    });
  }
  const blocks = toBlocks(message.content, `${path}.content`);
  // A breakpoint inside a result is one on the result: the API takes it only there.
  const cached = blocks.findLast((block) => block.cache_control !== undefined)?.cache_control;
  for (const block of blocks) delete block.cache_control;
  return {
    type: 'tool_result',
    tool_use_id: toolUseId(id),
    ...(blocks.length === 0 ? {} : { content: blocks }),
    ...(cached === undefined ? {} : { cache_control: cached }),
  };
}

/** The API takes letters, digits, `_` and `-` in ids; other providers, whose ids a conversation may hold, use more. */
function toolUseId(id: string): string {
  return id.replace(/[^a-zA-Z0-9_-]/g, '_');
}

/** A legacy function call has no id: the place of its message makes one. */
function legacyId(index: number): string {
  return `call_${index}`;
}

function lastLegacyId(messages: readonly ChatMessage[], end: number): string | undefined {
  const index = messages.findLastIndex(
    (message, at) => at < end && message.role === 'assistant' && message.function_call,
  );
  return index < 0 ? undefined : legacyId(index);
}

/** A breakpoint on the message itself is one on its last block. */
function cacheLast<Block extends ContentBlock>(blocks: Block[], message: ChatMessage): Block[] {
  const cached = cacheControl(message);
  const last = blocks.at(-1);
  if (cached === undefined || last === undefined || last.type === 'thinking' || last.type === 'redacted_thinking') {
    return blocks;
  }
  return [...blocks.slice(0, -1), { ...last, cache_control: cached }];
}

function resultsFirst(blocks: ContentBlock[]): ContentBlock[] {
  return [
    ...blocks.filter((block) => block.type === 'tool_result'),
    ...blocks.filter((block) => block.type !== 'tool_result'),
  ];
}

/** The API refuses a last assistant turn, which the model is to go on from, with white space at its end. */
function trimEnd(last: MessageTurn | undefined): void {
  const block = last?.role === 'assistant' ? last.content.at(-1) : undefined;
  if (block?.type === 'text') block.text = block.text.trimEnd();
}
