import { createHash } from 'node:crypto';
import { GatewayError } from '../../errors/gateway-error.js';
import {
  type ChatAssistantMessage,
  type ChatMessage,
  type ChatSystemMessage,
  type ChatToolMessage,
} from '../../protocol/chat-completions.js';
import { isObject, parseJson } from '../../protocol/json.js';
import { type ContentTranslation, textBlocks } from './bedrock.content.js';
import { toReasoningBlocks } from './bedrock.reasoning.js';
import {
  type ContentBlock,
  type ConverseTurn,
  type PartBlock,
  type SystemBlock,
  type ToolResultBlock,
  type ToolUseBlock,
} from './bedrock.types.js';

export interface Conversation {
  readonly system: SystemBlock[];
  readonly messages: ConverseTurn[];
}

/**
 * OpenAI's messages as Bedrock's turns.
 *
 * - System and developer messages all go to `system`, in their order, also those from mid-conversation: there is no other
 *   place for them.
 * - Consecutive messages of one side become one turn, for the sides must alternate; the results of several tool calls so
 *   come in one user turn, before whatever else it holds, as models demand.
 * - A message that holds nothing is left out: the API refuses it.
 * - Instructions alone, without any message, become a user turn: the API refuses a conversation without one.
 * - A tool message with `is_error: true`, as Anthropic's clients say it, is the result of a call that failed.
 *
 * @throws GatewayError
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-call.html
 */
export function toConversation(messages: readonly ChatMessage[], translation: ContentTranslation): Conversation {
  const system: SystemBlock[] = [];
  const turns: ConverseTurn[] = [];
  const add = (role: ConverseTurn['role'], blocks: ContentBlock[]): void => {
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else if (blocks.length > 0) turns.push({ role, content: blocks });
  };
  messages.forEach((message, index) => {
    const path = `messages[${index}]`;
    if (message.role !== 'tool' && message.role !== 'function' && typeof message.name === 'string') {
      translation.unsupported.add(`${path}.name`);
    }
    const withCachePoint = <Block extends ContentBlock>(blocks: Block[]): (Block | PartBlock)[] =>
      blocks.length === 0 ? [] : [...blocks, ...translation.cachePoints(message, path)];
    switch (message.role) {
      case 'system':
      case 'developer':
        system.push(...withCachePoint(systemBlocks(message, path, translation)).filter(isSystemBlock));
        break;
      case 'user':
        add('user', withCachePoint(translation.toBlocks(message.content, `${path}.content`)));
        break;
      case 'assistant':
        add('assistant', withCachePoint(assistantBlocks(message, path, index, translation)));
        break;
      case 'tool':
      case 'function':
        add('user', withCachePoint(toolResult(message, path, () => lastLegacyId(messages, index), translation)));
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

function systemBlocks({ content }: ChatSystemMessage, path: string, translation: ContentTranslation): SystemBlock[] {
  return translation.toBlocks(content, `${path}.content`).map((block) => {
    if (isSystemBlock(block)) return block;
    throw new GatewayError('unsupported_parameter', {
      message: 'Instructions can hold nothing but text.',
      param: `${path}.content`,
    });
  });
}

function isSystemBlock(block: ContentBlock): block is SystemBlock {
  return 'text' in block || 'cachePoint' in block;
}

function assistantBlocks(
  message: ChatAssistantMessage,
  path: string,
  index: number,
  translation: ContentTranslation,
): ContentBlock[] {
  const calls = (message.tool_calls ?? []).map((call, at) =>
    toolUse(call.id, call.function, `${path}.tool_calls[${at}].function.arguments`),
  );
  if (message.function_call) {
    calls.push(toolUse(legacyId(index), message.function_call, `${path}.function_call.arguments`));
  }
  return [
    ...toReasoningBlocks(message, translation.model),
    ...translation.toBlocks(message.content, `${path}.content`),
    ...textBlocks(message.refusal ?? ''),
    ...calls,
  ];
}

function toolUse(id: string, call: { name: string; arguments: string }, param: string): ToolUseBlock {
  return { toolUse: { toolUseId: toolUseId(id), name: call.name, input: readArguments(call.arguments, param) } };
}

function readArguments(text: string, param: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  const value = parseJson(text);
  if (isObject(value)) return value;
  throw new GatewayError('invalid_value', {
    message: 'The arguments of a tool call must be a JSON object in a string.',
    param,
  });
}

/** A breakpoint inside a result follows it: the API takes none there. */
function toolResult(
  message: ChatToolMessage,
  path: string,
  legacy: () => string | undefined,
  translation: ContentTranslation,
): ContentBlock[] {
  const id = message.tool_call_id ?? (message.role === 'function' ? legacy() : undefined);
  if (id === undefined) {
    throw new GatewayError('missing_required_parameter', {
      message: 'A tool message must say which call it answers.',
      param: `${path}.tool_call_id`,
    });
  }
  const blocks = translation.toBlocks(message.content, `${path}.content`);
  const result: ToolResultBlock = {
    toolResult: {
      toolUseId: toolUseId(id),
      content: blocks.flatMap((block) => ('cachePoint' in block ? [] : [block])),
      ...('is_error' in message && message.is_error === true ? { status: 'error' } : {}),
    },
  };
  return [result, ...blocks.filter((block) => 'cachePoint' in block).slice(-1)];
}

const MAX_ID_LENGTH = 64;

/**
 * The API takes letters, digits and `_.:-` in ids, at most 64; other providers, whose ids a conversation may hold, use
 * more.
 */
function toolUseId(id: string): string {
  const plain = id.replace(/[^a-zA-Z0-9_.:-]/g, '_') || '_';
  if (plain.length <= MAX_ID_LENGTH) return plain;
  const digest = createHash('sha256')
    .update(id)
    .digest('hex')
    .slice(0, MAX_ID_LENGTH / 2);
  return plain.slice(0, MAX_ID_LENGTH / 2) + digest;
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

/** A breakpoint stays behind what it follows. */
function resultsFirst(blocks: ContentBlock[]): ContentBlock[] {
  const results: ContentBlock[] = [];
  const others: ContentBlock[] = [];
  let list = others;
  for (const block of blocks) {
    if (!('cachePoint' in block)) list = 'toolResult' in block ? results : others;
    list.push(block);
  }
  return [...results, ...others];
}

/** A last assistant turn, which the model is to go on from, must not have white space at its end. */
function trimEnd(last: ConverseTurn | undefined): void {
  const block = last?.role === 'assistant' ? last.content.at(-1) : undefined;
  if (block !== undefined && 'text' in block) block.text = block.text.trimEnd();
}
