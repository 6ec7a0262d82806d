import { GatewayError } from '../../errors/gateway-error.js';
import { type ChatContentPart, type ChatFilePart, type ChatImagePart } from '../../protocol/chat-completions.js';
import { type EmbeddedData, readDataUrl, typeOfBare } from '../data-url.js';
import { type CacheControl, type DocumentBlock, type ImageBlock, type TextBlock } from './anthropic.types.js';

export type PartBlock = TextBlock | ImageBlock | DocumentBlock;

/**
 * The content of one message as blocks. Text without anything but white space is left out: the API refuses it.
 * @param path of the content in the request, for errors.
 * @throws GatewayError where a part is of a kind that the API does not take.
 */
export function toBlocks(content: string | readonly ChatContentPart[] | null | undefined, path: string): PartBlock[] {
  if (content === null || content === undefined) return [];
  if (typeof content === 'string') return textBlocks(content);
  return content.flatMap((part, index) => {
    const blocks = partBlocks(part, `${path}[${index}]`);
    const cached = cacheControl(part);
    return cached === undefined ? blocks : blocks.map((block) => ({ ...block, cache_control: cached }));
  });
}

/**
 * The prompt-cache breakpoint on a part, message or tool, lifetime included.
 * @see https://platform.claude.com/docs/en/build-with-claude/prompt-caching
 */
export function cacheControl(holder: object): CacheControl | undefined {
  const value: unknown = 'cache_control' in holder ? holder.cache_control : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const ttl = 'ttl' in value ? value.ttl : undefined;
  return { type: 'ephemeral', ...(ttl === '5m' || ttl === '1h' ? { ttl } : {}) };
}

export function textBlocks(text: string): TextBlock[] {
  return text.trim() === '' ? [] : [{ type: 'text', text }];
}

function partBlocks(part: ChatContentPart, path: string): PartBlock[] {
  switch (part.type) {
    case 'text':
      return textBlocks(part.text);
    case 'refusal':
      return textBlocks(part.refusal);
    case 'image_url':
      return [imageBlock(part.image_url, path)];
    case 'file':
      return [fileBlock(part.file, path)];
    default:
      throw new GatewayError('unsupported_parameter', {
        message: `The model does not take content of type ${JSON.stringify(part.type)}.`,
        param: `${path}.type`,
      });
  }
}

/** @param image Mistral's clients send the URL itself. */
function imageBlock(image: ChatImagePart['image_url'] | string, path: string): ImageBlock | DocumentBlock {
  const url = typeof image === 'string' ? image : image.url;
  const param = `${path}.image_url.url`;
  if (!url.startsWith('data:')) return { type: 'image', source: { type: 'url', url } };
  return dataBlock(readDataUrl(url, param), param);
}

/** @see https://platform.claude.com/docs/en/build-with-claude/pdf-support */
function fileBlock(file: ChatFilePart['file'], path: string): ImageBlock | DocumentBlock {
  const { file_data: data, file_id: id, filename } = file;
  const title = typeof filename === 'string' && filename !== '' ? filename : undefined;
  if (typeof data === 'string' && data !== '') {
    const param = `${path}.file.file_data`;
    if (/^https?:/.test(data)) return titled({ type: 'document', source: { type: 'url', url: data } }, title);
    const read = data.startsWith('data:') ? readDataUrl(data, param) : { mediaType: typeOfBare(data, title), data };
    return titled(dataBlock(read, param), title);
  }
  if (typeof id === 'string' && id !== '') {
    return titled({ type: 'document', source: { type: 'file', file_id: id } }, title);
  }
  throw new GatewayError('missing_required_parameter', {
    message: 'A file needs file_data or file_id.',
    param: `${path}.file`,
  });
}

function titled(block: ImageBlock | DocumentBlock, title: string | undefined): ImageBlock | DocumentBlock {
  return block.type === 'document' && title !== undefined ? { ...block, title } : block;
}

function dataBlock({ mediaType, data }: EmbeddedData, param: string): ImageBlock | DocumentBlock {
  if (mediaType.startsWith('image/')) {
    // A common misspelling that the API does not know.
    const known = mediaType === 'image/jpg' ? 'image/jpeg' : mediaType;
    return { type: 'image', source: { type: 'base64', media_type: known, data } };
  }
  if (mediaType === 'application/pdf') {
    return { type: 'document', source: { type: 'base64', media_type: mediaType, data } };
  }
  if (mediaType.startsWith('text/') || TEXT_TYPES.has(mediaType)) {
    const text = Buffer.from(data, 'base64').toString('utf8');
    return { type: 'document', source: { type: 'text', media_type: 'text/plain', data: text } };
  }
  throw new GatewayError('invalid_value', {
    message: 'The model takes images, PDF and text files.',
    param,
  });
}

const TEXT_TYPES: ReadonlySet<string> = new Set(['application/json', 'application/xml', 'application/yaml']);
