import { GatewayError } from '../../errors/gateway-error.js';
import {
  type ChatAssistantMessage,
  type ChatMessage,
  type ChatSystemMessage,
  type ChatToolMessage,
} from '../../protocol/chat-completions.js';
import { isObject, parseJson } from '../../protocol/json.js';
import { readDataUrl } from '../data-url.js';
import { type ContentOptions, textParts, toParts } from './gemini.content.js';
import { type ModelTraits } from './gemini.models.js';
import { NO_SIGNATURE, signatureIn, type Signatures, signaturesOf } from './gemini.reasoning.js';
import { type GeminiContent, type GeminiPart } from './gemini.types.js';

export interface Conversation {
  readonly system: GeminiPart[];
  readonly contents: GeminiContent[];
}

export interface ConversationOptions extends ContentOptions {
  readonly traits: ModelTraits;
}

/**
 * OpenAI's messages as Google's turns.
 *
 * - System and developer messages all go to the instructions, in their order; where the model takes none, they open the
 *   conversation. Instructions alone, without any message, become a user turn: the API refuses an empty conversation.
 * - Consecutive messages of one side become one turn. Results of tools come first in it, in the order of their calls:
 *   that is how models without ids tell them apart.
 * - A message that holds nothing is left out: the API refuses it.
 * - The signatures that the client kept go back to where they were. Calls that Google's models did not make have none;
 *   where the model insists on one, the first of them bears `skip_thought_signature_validator`.
 * - Images and other files in the result of a tool stand beside it in the same turn.
 *
 * @throws GatewayError
 * @see https://ai.google.dev/gemini-api/docs/thought-signatures
 */
export function toConversation(messages: readonly ChatMessage[], options: ConversationOptions): Conversation {
  const system: GeminiPart[] = [];
  const turns: Turn[] = [];
  const calls = new CallBook();
  const add = (role: GeminiContent['role'], parts: GeminiPart[], results: PlacedResult[] = []): void => {
    let last = turns.at(-1);
    if (parts.length === 0 && results.length === 0) return;
    if (last?.role !== role) turns.push((last = { role, results: [], parts: [] }));
    last.results.push(...results);
    last.parts.push(...parts);
  };
  messages.forEach((message, index) => {
    const path = `messages[${index}]`;
    switch (message.role) {
      case 'system':
      case 'developer':
        system.push(...systemParts(message, path, options));
        break;
      case 'user':
        add('user', toParts(message.content, `${path}.content`, options));
        break;
      case 'assistant':
        add('model', modelParts(message, path, calls, options));
        break;
      case 'tool':
      case 'function': {
        const { result, beside } = toolResult(message, path, calls, options);
        add('user', beside, [result]);
        break;
      }
      default:
        throw new GatewayError('invalid_value', { message: 'The role is not known.', param: `${path}.role` });
    }
  });
  const contents = turns.map(toContent);
  if (system.length === 0) return { system, contents };
  const [first] = contents;
  if (first !== undefined && options.traits.hasSystem) return { system, contents };
  if (first?.role === 'user') first.parts.unshift(...system);
  else contents.unshift({ role: 'user', parts: system });
  return { system: [], contents };
}

interface Turn {
  readonly role: GeminiContent['role'];
  readonly results: PlacedResult[];
  readonly parts: GeminiPart[];
}

/** The result of a call, with the place of that call among all calls. */
interface PlacedResult {
  readonly place: number;
  readonly part: GeminiPart;
}

function toContent({ role, results, parts }: Turn): GeminiContent {
  const sorted = results.toSorted((a, b) => a.place - b.place).map(({ part }) => part);
  return { role, parts: [...sorted, ...parts] };
}

/** The calls so far: results name them by their ids, Google wants the names of the functions. */
class CallBook {
  private readonly byId = new Map<string, { readonly name: string; readonly place: number }>();
  private count = 0;

  add(id: string, name: string): void {
    this.byId.set(id, { name, place: this.count++ });
  }

  find(id: string | undefined): { readonly name: string; readonly place: number } | undefined {
    return id === undefined ? undefined : this.byId.get(id);
  }
}

function systemParts(message: ChatSystemMessage, path: string, options: ConversationOptions): GeminiPart[] {
  const parts = toParts(message.content, `${path}.content`, options);
  const other = parts.findIndex(({ text }) => text === undefined);
  if (other < 0) return parts;
  throw new GatewayError('unsupported_parameter', {
    message: 'The model takes instructions as text.',
    param: `${path}.content[${other}]`,
  });
}

function modelParts(
  message: ChatAssistantMessage,
  path: string,
  book: CallBook,
  options: ConversationOptions,
): GeminiPart[] {
  const signatures = signaturesOf(message);
  const calls = callParts(message, path, book, signatures, options);
  const text = [...toParts(message.content, `${path}.content`, options), ...textParts(message.refusal)];
  return [...signatures.thoughts, ...signed(text, calls, signatures), ...outputParts(message, path), ...calls];
}

/** The signature of the text belongs to its last part; without a text, to the calls. */
function signed(text: GeminiPart[], calls: readonly GeminiPart[], { ofText }: Signatures): GeminiPart[] {
  if (ofText === undefined) return text;
  const last = text.at(-1);
  if (last !== undefined) return [...text.slice(0, -1), { ...last, thoughtSignature: ofText }];
  const [first] = calls;
  if (first === undefined) return [{ text: '', thoughtSignature: ofText }];
  if (first.thoughtSignature === undefined || first.thoughtSignature === NO_SIGNATURE) first.thoughtSignature = ofText;
  return [];
}

function callParts(
  message: ChatAssistantMessage,
  path: string,
  book: CallBook,
  { ofCalls }: Signatures,
  { traits }: ConversationOptions,
): GeminiPart[] {
  const parts = (message.tool_calls ?? []).map((call, at): GeminiPart => {
    const { name, arguments: text } = call.function;
    book.add(call.id, name);
    const args = readArguments(text, `${path}.tool_calls[${at}].function.arguments`);
    const id = traits.hasCallIds && call.id ? { id: call.id } : {};
    const signature = ofCalls.get(call.id);
    return {
      functionCall: { ...id, name, args },
      ...(signature === undefined ? {} : { thoughtSignature: signature }),
    };
  });
  if (message.function_call) {
    const { name, arguments: text } = message.function_call;
    book.add(legacyId(name), name);
    parts.push({ functionCall: { name, args: readArguments(text, `${path}.function_call.arguments`) } });
  }
  const [first] = parts;
  if (traits.needsSignatures && first !== undefined) first.thoughtSignature ??= NO_SIGNATURE;
  return parts;
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

/** A legacy function call has no id; its result names the function. */
function legacyId(name: string): string {
  return `function ${name}`;
}

function toolResult(
  message: ChatToolMessage,
  path: string,
  book: CallBook,
  options: ConversationOptions,
): { result: PlacedResult; beside: GeminiPart[] } {
  const isLegacy = message.role === 'function' && message.tool_call_id === undefined;
  const call = book.find(isLegacy ? legacyId(message.name ?? '') : message.tool_call_id);
  const name = call?.name ?? message.name;
  if (name === undefined || name === '') {
    throw new GatewayError('invalid_value', {
      message: 'A tool message must name a call that was made before it.',
      param: `${path}.tool_call_id`,
    });
  }
  const parts = toParts(message.content, `${path}.content`, options);
  const texts = parts.flatMap(({ text }) => text ?? []);
  const id = options.traits.hasCallIds && message.tool_call_id ? { id: message.tool_call_id } : {};
  return {
    result: {
      place: call?.place ?? Number.POSITIVE_INFINITY,
      part: { functionResponse: { ...id, name, response: toResponse(texts.join('\n')) } },
    },
    beside: parts.filter(({ text }) => text === undefined),
  };
}

/** The API wants an object: what is none is the result as a whole. */
function toResponse(text: string): Record<string, unknown> {
  const value = /^\s*[[{]/.test(text) ? parseJson(text) : undefined;
  if (isObject(value)) return value;
  return { result: Array.isArray(value) ? value : text };
}

/** Images and speech of an earlier answer. */
function outputParts({ images, audio }: ChatAssistantMessage, path: string): GeminiPart[] {
  const parts = (images ?? []).map((image, index): GeminiPart => {
    const { mediaType, data } = readDataUrl(image.image_url.url, `${path}.images[${index}].image_url.url`);
    const signature = signatureIn(image);
    return {
      inlineData: { mimeType: mediaType, data },
      ...(signature === undefined ? {} : { thoughtSignature: signature }),
    };
  });
  if (audio === null || audio === undefined) return parts;
  if (audio.data) return [...parts, { inlineData: { mimeType: 'audio/L16;rate=24000', data: audio.data } }];
  if (audio.transcript) return [...parts, { text: audio.transcript }];
  throw new GatewayError('unsupported_parameter', {
    message: 'The provider keeps no audio: send its data, or a text.',
    param: `${path}.audio.id`,
  });
}
