import { GatewayError } from '../../errors/gateway-error.js';
import { type ChatContentPart, type ChatFilePart } from '../../protocol/chat-completions.js';
import { isObject } from '../../protocol/json.js';
import { type EmbeddedData, readDataUrl, typeOfBare } from '../data-url.js';
import { type UnsupportedParameters } from '../unsupported-parameters.js';
import { type GeminiPart } from './gemini.types.js';

export interface ContentOptions {
  /** Whether the provider fetches files from public URLs for this model. */
  readonly fetchesUrls: boolean;
  readonly unsupported: UnsupportedParameters;
}

/**
 * The content of one message as parts. Empty texts are left out: the API refuses them. Files in the request become
 * `inlineData`; URLs become `fileData`, which the provider fetches by itself, where it does.
 *
 * @param path of the content in the request, for errors.
 * @throws GatewayError where a part is of a kind that the API does not take.
 * @see https://ai.google.dev/gemini-api/docs/file-input-methods
 */
export function toParts(
  content: string | readonly ChatContentPart[] | null | undefined,
  path: string,
  options: ContentOptions,
): GeminiPart[] {
  if (content === null || content === undefined) return [];
  if (typeof content === 'string') return textParts(content);
  return content.flatMap((part, index) => toPart(part, `${path}[${index}]`, options));
}

export function textParts(text: string | null | undefined): GeminiPart[] {
  return text ? [{ text }] : [];
}

function toPart(part: ChatContentPart, path: string, options: ContentOptions): GeminiPart[] {
  switch (part.type) {
    case 'text':
      return textParts(part.text);
    case 'refusal':
      return textParts(part.refusal);
    case 'image_url':
      return [imagePart(part.image_url, path, options)];
    case 'input_audio': {
      const { data, format } = part.input_audio;
      return [{ inlineData: { mimeType: `audio/${format}`, data } }];
    }
    case 'file':
      return [filePart(part.file, path, options)];
    default:
      return [otherPart(part, path, options)];
  }
}

/** @param image Mistral's clients send the URL itself. */
function imagePart(
  image: { url: string; detail?: string | null } | string,
  path: string,
  options: ContentOptions,
): GeminiPart {
  const { url, detail = null } = typeof image === 'string' ? { url: image } : image;
  if (detail !== null && detail !== 'auto') options.unsupported.add(`${path}.image_url.detail`);
  return urlPart(url, `${path}.image_url.url`, 'image/jpeg', options);
}

/** OpenRouter's way with videos, which OpenAI does not take. */
function otherPart(part: { readonly type: string }, path: string, options: ContentOptions): GeminiPart {
  const video: unknown = part.type === 'video_url' && 'video_url' in part ? part.video_url : undefined;
  const url = isObject(video) ? video['url'] : undefined;
  if (typeof url === 'string') return urlPart(url, `${path}.video_url.url`, 'video/mp4', options);
  throw new GatewayError('unsupported_parameter', {
    message: `The model does not take content of type ${JSON.stringify(part.type)}.`,
    param: `${path}.type`,
  });
}

function filePart(file: ChatFilePart['file'], path: string, options: ContentOptions): GeminiPart {
  const { file_data: data, file_id: id, filename } = file;
  const name = typeof filename === 'string' && filename !== '' ? filename : undefined;
  if (typeof data === 'string' && data !== '') {
    if (isUrl(data)) return urlPart(data, `${path}.file.file_data`, typeOfBare('', name), options);
    const mediaType = typeOfBare(data, name);
    return inlinePart({ mediaType, data }, `${path}.file.file_data`);
  }
  if (typeof id === 'string' && id !== '') {
    if (isUrl(id)) return urlPart(id, `${path}.file.file_id`, typeOfBare('', name), options);
    if (id.startsWith('files/')) return { fileData: { fileUri: `https://${FILES_HOST}/v1beta/${id}` } };
    throw new GatewayError('invalid_value', {
      message: 'The provider knows files by their URI.',
      param: `${path}.file.file_id`,
    });
  }
  throw new GatewayError('missing_required_parameter', {
    message: 'A file needs file_data or file_id.',
    param: `${path}.file`,
  });
}

const FILES_HOST = 'generativelanguage.googleapis.com';

function isUrl(text: string): boolean {
  return /^(data|https?|gs):/.test(text);
}

/** @param otherwise the media type where neither the URL nor the client tells. */
function urlPart(url: string, param: string, otherwise: string, { fetchesUrls }: ContentOptions): GeminiPart {
  if (url.startsWith('data:')) return inlinePart(readDataUrl(url, param), param);
  if (!isUrl(url)) throw new GatewayError('invalid_value', { message: 'The URL must be of data, https or gs.', param });
  const isOfGoogle = url.startsWith('gs:') || new RegExp(`^https://(${FILES_HOST}|(www\\.)?youtu\\.?be)`).test(url);
  if (!fetchesUrls && !isOfGoogle) {
    throw new GatewayError('unsupported_parameter', {
      message: 'The provider does not fetch files for this model: send them as data URLs.',
      param,
    });
  }
  const extension = /\.([a-z0-9]+)(?:[?#].*)?$/i.exec(url)?.[1]?.toLowerCase();
  const known = TYPE_BY_EXTENSION.get(extension ?? '') ?? typeOfBare('', `.${extension ?? ''}`);
  const mimeType = known === UNKNOWN_TYPE ? otherwise : known;
  return { fileData: { fileUri: url, ...(mimeType === UNKNOWN_TYPE ? {} : { mimeType }) } };
}

const UNKNOWN_TYPE = 'application/octet-stream';

const TYPE_BY_EXTENSION: ReadonlyMap<string, string> = new Map([
  ['mp4', 'video/mp4'],
  ['webm', 'video/webm'],
  ['mov', 'video/quicktime'],
  ['mp3', 'audio/mp3'],
  ['wav', 'audio/wav'],
  ['ogg', 'audio/ogg'],
  ['flac', 'audio/flac'],
  ['heic', 'image/heic'],
]);

function inlinePart({ mediaType, data }: EmbeddedData, param: string): GeminiPart {
  if (mediaType === UNKNOWN_TYPE) {
    throw new GatewayError('invalid_value', { message: 'The type of the file is not known: use a data URL.', param });
  }
  return { inlineData: { mimeType: knownType(mediaType), data } };
}

/** A common misspelling; and texts, of which the API knows few types by their names. */
function knownType(mediaType: string): string {
  if (mediaType === 'image/jpg') return 'image/jpeg';
  return TEXT_TYPES.has(mediaType) ? 'text/plain' : mediaType;
}

const TEXT_TYPES: ReadonlySet<string> = new Set([
  'application/json',
  'application/xml',
  'application/yaml',
  'text/markdown',
  'text/csv',
]);
