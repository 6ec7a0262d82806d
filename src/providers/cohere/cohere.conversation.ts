import { GatewayError } from '../../errors/gateway-error.js';
import {
  type ChatAssistantMessage,
  type ChatContentPart,
  type ChatImagePart,
  type ChatMessage,
  type ChatToolMessage,
} from '../../protocol/chat-completions.js';
import { readReasoning } from './cohere.reasoning.js';
import { toArguments } from './cohere.response.js';
import {
  type CohereAssistantMessage,
  type CohereImageBlock,
  type CohereMessage,
  type CohereTextBlock,
  type CohereToolCall,
  type CohereToolMessage,
} from './cohere.types.js';

/**
 * OpenAI's messages as Cohere's, one for one and in their order: Cohere takes system messages anywhere. Only an assistant
 * message that holds nothing is left out, which the API would refuse. Results of tools stay text, which Cohere reads as
 * a document with one field; names of speakers have no place there and are told to `unsupported`.
 *
 * @throws GatewayError where a message holds what Cohere does not take.
 * @see https://docs.cohere.com/docs/chat-api
 */
export function toMessages(messages: readonly ChatMessage[], unsupported: (param: string) => void): CohereMessage[] {
  return messages.flatMap((message, index): CohereMessage[] => {
    const path = `messages[${index}]`;
    if (message.role !== 'tool' && message.role !== 'function' && message.name) unsupported(`${path}.name`);
    switch (message.role) {
      case 'system':
      case 'developer':
        return [{ role: 'system', content: textContent(message.content, `${path}.content`) }];
      case 'user':
        return [{ role: 'user', content: userContent(message.content, `${path}.content`) }];
      case 'assistant':
        return assistantMessage(message, index);
      case 'tool':
      case 'function':
        return [toolMessage(message, path, () => lastLegacyId(messages, index))];
      default:
        throw new GatewayError('invalid_value', { message: 'The role is not known.', param: `${path}.role` });
    }
  });
}

function assistantMessage(message: ChatAssistantMessage, index: number): CohereAssistantMessage[] {
  const { thinking, plan } = readReasoning(message);
  const text = textContent(message.content ?? '', `messages[${index}].content`);
  const texts = [...(typeof text === 'string' ? toTextBlocks(text) : text), ...toTextBlocks(message.refusal ?? '')];
  const calls: CohereToolCall[] = (message.tool_calls ?? []).map(({ id, function: { name, arguments: given } }) => ({
    id,
    type: 'function',
    function: { name, arguments: toArguments(given) },
  }));
  if (message.function_call) {
    const { name, arguments: given } = message.function_call;
    calls.push({ id: legacyId(index), type: 'function', function: { name, arguments: toArguments(given) } });
  }
  const blocks = [...thinking, ...texts];
  if (blocks.length === 0 && calls.length === 0) return [];
  const [first] = blocks;
  const content = blocks.length === 1 && first?.type === 'text' && typeof text === 'string' ? first.text : blocks;
  return [
    {
      role: 'assistant',
      ...(blocks.length === 0 ? {} : { content }),
      ...(plan === '' ? {} : { tool_plan: plan }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    },
  ];
}

function toolMessage(message: ChatToolMessage, path: string, legacy: () => string | undefined): CohereToolMessage {
  const id = message.tool_call_id ?? (message.role === 'function' ? legacy() : undefined);
  if (id === undefined) {
    throw new GatewayError('missing_required_parameter', {
      message: 'A tool message must say which call it answers.',
      param: `${path}.tool_call_id`,
    });
  }
  return { role: 'tool', tool_call_id: id, content: textContent(message.content, `${path}.content`) };
}

/** A legacy function call has no id: the place of its message makes one. */
function legacyId(index: number): string {
  return `call_${index}`;
}

function lastLegacyId(messages: readonly ChatMessage[], before: number): string | undefined {
  const index = messages.findLastIndex(
    (message, at) => at < before && message.role === 'assistant' && Boolean(message.function_call),
  );
  return index < 0 ? undefined : legacyId(index);
}

type Content = string | readonly ChatContentPart[];

function textContent(content: Content, path: string): string | CohereTextBlock[] {
  if (typeof content === 'string') return content;
  return content.flatMap((part, index) => {
    const block = textBlock(part);
    if (block !== undefined) return block;
    throw refused(part.type, `${path}[${index}]`);
  });
}

function userContent(content: Content, path: string): string | (CohereTextBlock | CohereImageBlock)[] {
  if (typeof content === 'string') return content;
  return content.flatMap((part, index) => {
    const block = part.type === 'image_url' ? imageBlock(part.image_url) : textBlock(part);
    if (block !== undefined) return block;
    throw refused(part.type, `${path}[${index}]`);
  });
}

function textBlock(part: ChatContentPart): CohereTextBlock | undefined {
  if (part.type === 'text') return { type: 'text', text: part.text };
  return part.type === 'refusal' ? { type: 'text', text: part.refusal } : undefined;
}

const toTextBlocks = (text: string): CohereTextBlock[] => (text === '' ? [] : [{ type: 'text', text }]);

/**
 * @param image Mistral's clients send the URL itself.
 * @see https://docs.cohere.com/docs/image-inputs
 */
function imageBlock(image: ChatImagePart['image_url'] | string): CohereImageBlock {
  const { url, detail } = typeof image === 'string' ? { url: image } : image;
  const isKnown = detail === 'auto' || detail === 'low' || detail === 'high';
  return { type: 'image_url', image_url: { url, ...(isKnown ? { detail } : {}) } };
}

function refused(type: string, param: string): GatewayError {
  return new GatewayError('unsupported_parameter', {
    message: `The model does not take content of type ${JSON.stringify(type)} here.`,
    param,
  });
}
