import { GatewayError } from '../../errors/gateway-error.js';
import {
  type ChatAssistantMessage,
  type ChatContentPart,
  type ChatMessage,
  type ChatToolMessage,
} from '../../protocol/chat-completions.js';
import { isObject, parseJson } from '../../protocol/json.js';
import { toImage } from './ollama.images.js';
import { type OllamaMessage, type OllamaToolCall } from './ollama.types.js';

/**
 * OpenAI's messages as Ollama's, one for one and in their order.
 *
 * - Several texts of one message are put together with an empty line between them, as Ollama's own endpoint in OpenAI's
 *   dialect and its templates do. Images stand beside the text, not within it: the model sees them first.
 * - The result of a tool names the tool: it is looked up among the calls before.
 *
 * @throws GatewayError where a message holds what Ollama does not take.
 * @see https://docs.ollama.com/api/chat
 */
export function toMessages(messages: readonly ChatMessage[]): OllamaMessage[] {
  return messages.map((message, index) => {
    const path = `messages[${index}]`;
    switch (message.role) {
      case 'system':
      case 'developer':
        return { role: 'system', ...toContent(message.content, `${path}.content`) };
      case 'user':
        return { role: 'user', ...toContent(message.content, `${path}.content`) };
      case 'assistant':
        return toAssistantMessage(message, path);
      case 'tool':
      case 'function':
        return toToolMessage(message, path, messages.slice(0, index));
      default:
        throw new GatewayError('invalid_value', { message: 'The role is not known.', param: `${path}.role` });
    }
  });
}

function toContent(
  content: string | readonly ChatContentPart[] | null | undefined,
  path: string,
): Pick<OllamaMessage, 'content' | 'images'> {
  if (typeof content === 'string') return { content };
  const texts: string[] = [];
  const images: string[] = [];
  (content ?? []).forEach((part, index) => {
    const place = `${path}[${index}]`;
    switch (part.type) {
      case 'text':
        texts.push(part.text);
        break;
      case 'refusal':
        texts.push(part.refusal);
        break;
      case 'image_url': {
        // Mistral's clients send the URL itself.
        const image: unknown = part.image_url;
        images.push(toImage(isObject(image) ? image['url'] : image, `${place}.image_url.url`));
        break;
      }
      default:
        throw new GatewayError('unsupported_parameter', {
          message: `The provider of this model takes no content of type ${JSON.stringify(part.type)}.`,
          param: place,
        });
    }
  });
  return { content: texts.join('\n\n'), ...(images.length === 0 ? {} : { images }) };
}

function toAssistantMessage(message: ChatAssistantMessage, path: string): OllamaMessage {
  const { content, ...images } = toContent(message.content, `${path}.content`);
  const thinking = thinkingOf(message);
  const calls = (message.tool_calls ?? []).map((call, index) =>
    toToolCall(call.id, call.function, `${path}.tool_calls[${index}].function.arguments`),
  );
  if (message.function_call) {
    calls.push(toToolCall(undefined, message.function_call, `${path}.function_call.arguments`));
  }
  return {
    role: 'assistant',
    content: message.refusal ? [content, message.refusal].filter(Boolean).join('\n\n') : content,
    ...images,
    ...(thinking === '' ? {} : { thinking }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

/** Whichever way a client keeps the reasoning: Ollama's is plain text, and needs no signature to come back. */
function thinkingOf(message: ChatAssistantMessage): string {
  const { reasoning_content: text, reasoning_details: details } = message;
  if (typeof text === 'string') return text;
  const other: unknown = 'reasoning' in message ? message.reasoning : undefined;
  if (typeof other === 'string') return other;
  return (details ?? []).map((detail) => (detail.type === 'reasoning.text' ? detail.text : '')).join('');
}

function toToolCall(id: string | undefined, call: { name: string; arguments: string }, param: string): OllamaToolCall {
  const given = call.arguments.trim() === '' ? {} : parseJson(call.arguments);
  if (!isObject(given)) {
    throw new GatewayError('invalid_value', {
      message: 'The arguments of a tool call must be a JSON object in a string.',
      param,
    });
  }
  return { ...(id === undefined ? {} : { id }), type: 'function', function: { name: call.name, arguments: given } };
}

function toToolMessage(message: ChatToolMessage, path: string, before: readonly ChatMessage[]): OllamaMessage {
  const { tool_call_id: id, name: given } = message;
  const name = given ?? (id === undefined ? undefined : nameOfCall(before, id));
  if (id === undefined && name === undefined) {
    throw new GatewayError('missing_required_parameter', {
      message: 'A tool message must say which call it answers.',
      param: `${path}.tool_call_id`,
    });
  }
  return {
    role: 'tool',
    ...toContent(message.content, `${path}.content`),
    ...(name === undefined ? {} : { tool_name: name }),
    ...(id === undefined ? {} : { tool_call_id: id }),
  };
}

/** Ids may come again in a long conversation: the last call of that id is meant. */
function nameOfCall(before: readonly ChatMessage[], id: string): string | undefined {
  for (const message of before.toReversed()) {
    if (message.role !== 'assistant') continue;
    const call = message.tool_calls?.find((one) => one.id === id);
    if (call !== undefined) return call.function.name;
  }
  return undefined;
}
