import { isObject } from './json.js';
import { type RequestBody } from './request-body.js';

/** What the usual tokenizers make of English text, JSON and code, near enough for an estimate. */
export const BYTES_PER_TOKEN = 4;

/**
 * Bytes of text of a request: of its body, without the media that are embedded in messages of a chat, whose tokens have
 * nothing to do with their bytes.
 */
export function textBytesOf({ request, body }: { readonly request: unknown; readonly body: RequestBody }): number {
  if (!isObject(request) || !Array.isArray(request['messages'])) return body.size;
  return Math.max(0, body.size - embeddedBytes(request['messages']));
}

/** Whatever stands there: not every endpoint has checked it. */
function embeddedBytes(messages: readonly unknown[]): number {
  let bytes = 0;
  for (const message of messages) {
    if (!isObject(message) || !Array.isArray(message['content'])) continue;
    for (const part of message['content'] as readonly unknown[]) if (isObject(part)) bytes += dataBytesOf(part);
  }
  return bytes;
}

/** As OpenAI has images, sounds and files, and others films. */
function dataBytesOf(part: Record<string, unknown>): number {
  return (
    embedded(textIn(part['image_url'], 'url')) +
    embedded(textIn(part['input_audio'], 'data')) +
    embedded(textIn(part['video_url'], 'url')) +
    embedded(textIn(part['file'], 'file_data'))
  );
}

/** An address is text; data are not, nor is a file's bare base64. */
function embedded(data: string): number {
  return /^https?:/i.test(data) ? 0 : data.length;
}

/** The member of an object, or what is given in its place: Mistral's clients do so. Empty where it is no text. */
export function textIn(value: unknown, name: string): string {
  const text = isObject(value) ? value[name] : value;
  return typeof text === 'string' ? text : '';
}
