import { createHash } from 'node:crypto';
import {
  type ChatAssistantMessage,
  type ChatCompletionRequest,
  type ChatContentPart,
  type ChatMessage,
} from '../../protocol/chat-completions.js';
import { type EmbeddingRequest } from '../../protocol/embeddings.js';
import { isObject } from '../../protocol/json.js';
import { toThinkingParts } from './mistral.thinking.js';

// Mistral speaks OpenAI's dialect, but refuses the whole request for one field that it does not know. What it would
// refuse is changed here, and nothing else: a request without any of it is returned as it is, and its bytes go on.

/** OpenAI's parameters that Mistral has nothing for. What neither of them has goes on, and Mistral says what it thinks. */
const ABSENT: ReadonlySet<string> = new Set([
  'audio',
  'function_call',
  'functions',
  'logit_bias',
  'modalities',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
  'service_tier',
  'store',
  'verbosity',
  'web_search_options',
]);

/** What is under another name there, or is for the gateway alone. */
const MOVED: ReadonlySet<string> = new Set([
  'max_completion_tokens',
  'seed',
  // It counts the tokens of a stream unasked.
  'stream_options',
  'user',
]);

type Unsupported = (param: string) => void;

/**
 * A chat request as Mistral takes it.
 *
 * @see https://docs.mistral.ai/api/#tag/chat/operation/chat_completion_v1_chat_completions_post
 */
export function toMistralRequest(
  request: ChatCompletionRequest,
  upstreamModel: string,
  unsupported: Unsupported,
): ChatCompletionRequest {
  const messages = toMessages(request.messages, unsupported);
  const effort = toEffort(request.reasoning_effort, upstreamModel);
  const odd = Object.keys(request).filter((name) => ABSENT.has(name) || MOVED.has(name));
  if (odd.length === 0 && messages === request.messages && effort === request.reasoning_effort) return request;
  for (const name of odd) if (ABSENT.has(name) && asksForSomething(name, request[name])) unsupported(name);
  const { max_completion_tokens: maxTokens, seed } = request;
  const others = Object.entries(request).filter(([name]) => !odd.includes(name));
  return {
    ...Object.fromEntries(others),
    ...(typeof maxTokens === 'number' ? { max_tokens: maxTokens } : {}),
    ...(typeof seed === 'number' ? { random_seed: seed } : {}),
    ...(typeof effort === 'string' ? { reasoning_effort: effort } : {}),
    model: request.model,
    messages,
  };
}

function asksForSomething(name: string, value: unknown): boolean {
  if (value === null || value === undefined || value === false) return false;
  if (name === 'modalities') return !(Array.isArray(value) && value.every((modality) => modality === 'text'));
  // No bias; but searching needs no options.
  return typeof value !== 'object' || Object.keys(value).length > 0 || name === 'web_search_options';
}

/** These think or do not. */
const TWO_EFFORTS = /^(mistral-(small|medium)|magistral|ministral)/;

/** @see https://docs.mistral.ai/capabilities/reasoning/adjustable */
function toEffort(effort: string | null | undefined, upstreamModel: string): string | null | undefined {
  if (typeof effort !== 'string' || effort === 'none' || effort === 'high') return effort;
  if (TWO_EFFORTS.test(upstreamModel)) return effort === 'minimal' ? 'none' : 'high';
  if (effort === 'minimal') return 'low';
  return effort === 'xhigh' || effort === 'max' ? 'high' : effort;
}

function toMessages(messages: ChatMessage[], unsupported: Unsupported): ChatMessage[] {
  const changed = messages.map((message, index) => {
    const fields = toMessage(message, `messages[${index}]`, unsupported);
    // Parts of Mistral's own, where there are some, travel under OpenAI's type.
    return fields === message ? message : (fields as unknown as ChatMessage);
  });
  return changed.some((message, index) => message !== messages[index]) ? changed : messages;
}

/** @returns the message itself where nothing changes. */
function toMessage(message: ChatMessage, path: string, unsupported: Unsupported): object {
  switch (message.role) {
    case 'system':
    case 'developer':
    case 'user': {
      const role = message.role === 'developer' ? 'system' : message.role;
      const content = toContent(message.content);
      const isNamed = 'name' in message;
      if (isNamed && message.name) unsupported(`${path}.name`);
      if (role === message.role && content === message.content && !isNamed) return message;
      const { name: _name, ...others } = message;
      return { ...others, role, content };
    }
    case 'assistant':
      return toAssistantMessage(message, path, unsupported);
    case 'tool': {
      const { tool_call_id: id } = message;
      const content = toContent(message.content);
      const own = id === undefined ? undefined : toCallId(id);
      if (content === message.content && own === id) return message;
      return { ...message, content, ...(own === undefined ? {} : { tool_call_id: own }) };
    }
    default:
      return message;
  }
}

/** What this gateway's answers hold beside Mistral's fields, or OpenAI's do. */
const ANSWERED: ReadonlySet<string> = new Set([
  'annotations',
  'citations',
  'name',
  'reasoning',
  'reasoning_content',
  'reasoning_details',
  'refusal',
]);
/** The same, but what they hold cannot be left out: where there is something, Mistral shall say so. */
const KEPT_UNLESS_NULL: ReadonlySet<string> = new Set(['audio', 'function_call']);

function toAssistantMessage(message: ChatAssistantMessage, path: string, unsupported: Unsupported): object {
  const isExtra = ([name, value]: readonly [string, unknown]): boolean =>
    ANSWERED.has(name) || (KEPT_UNLESS_NULL.has(name) && value === null);
  const fields = Object.entries(message);
  const { tool_calls: calls, refusal } = message;
  const ownCalls = calls?.map((call) => {
    const id = toCallId(call.id);
    return id === call.id ? call : { ...call, id };
  });
  const hasSameCalls = ownCalls?.every((call, index) => call === calls?.[index]) ?? true;
  if (hasSameCalls && !fields.some(isExtra)) return message;
  if (message.name) unsupported(`${path}.name`);
  const thinking = toThinkingParts(message.reasoning_details ?? []);
  const parts = [...thinking, ...toParts(message.content), ...toParts(refusal)];
  return {
    ...Object.fromEntries(fields.filter((field) => !isExtra(field))),
    ...(thinking.length > 0 || refusal ? { content: parts } : {}),
    ...(ownCalls === undefined ? {} : { tool_calls: ownCalls }),
  };
}

function toParts(content: unknown): unknown[] {
  if (Array.isArray(content)) return content;
  return typeof content === 'string' && content !== '' ? [{ type: 'text', text: content }] : [];
}

/** Mistral takes audio and documents in parts of its own. @returns the content itself where nothing changes. */
function toContent(content: string | ChatContentPart[]): unknown {
  if (!Array.isArray(content)) return content;
  const parts = content.map(toPart);
  return parts.some((part, index) => part !== content[index]) ? parts : content;
}

/** @see https://docs.mistral.ai/capabilities/document_ai/document_qna */
function toPart(part: ChatContentPart): unknown {
  if ('cache_control' in part) {
    const { cache_control: _cached, ...others } = part;
    return toPart(others);
  }
  if (part.type === 'input_audio' && isObject(part.input_audio)) {
    return { type: 'input_audio', input_audio: part.input_audio.data };
  }
  if (part.type === 'file' && isObject(part.file)) {
    const { file_id: id, file_data: data, filename } = part.file;
    if (typeof id === 'string') return { type: 'file', file_id: id };
    if (typeof data === 'string') {
      return { type: 'document_url', document_url: data, ...(filename ? { document_name: filename } : {}) };
    }
  }
  return part;
}

const CALL_ID = /^[a-zA-Z0-9]{9}$/;

/**
 * The id of a tool call as Mistral demands it, of nine letters and digits. Others, which a conversation may hold from
 * other providers, become one that is the same each time, so that results still name their calls.
 */
export function toCallId(id: string): string {
  if (CALL_ID.test(id)) return id;
  // 2^48 ids: within one conversation two will not meet.
  return BigInt(`0x${createHash('sha256').update(id).digest('hex').slice(0, 12)}`)
    .toString(36)
    .slice(-9)
    .padStart(9, '0');
}

/** Members that change in an embedding request. @see https://docs.mistral.ai/api/#tag/embeddings */
export function toMistralEmbeddingRequest(request: EmbeddingRequest): EmbeddingRequest {
  const { dimensions, user: _user, ...others } = request;
  if (!('dimensions' in request) && !('user' in request)) return request;
  return { ...others, ...(typeof dimensions === 'number' ? { output_dimension: dimensions } : {}) };
}
