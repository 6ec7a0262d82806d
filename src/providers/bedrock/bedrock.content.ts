import { GatewayError } from '../../errors/gateway-error.js';
import { type ChatContentPart, type ChatFilePart, type ChatImagePart } from '../../protocol/chat-completions.js';
import { isObject } from '../../protocol/json.js';
import { type EmbeddedData, readDataUrl, typeOfBare } from '../data-url.js';
import { type UnsupportedParameters } from '../unsupported-parameters.js';
import { DocumentNames } from './bedrock.document-names.js';
import { type BedrockModel } from './bedrock.models.js';
import {
  type CachePointBlock,
  type DocumentBlock,
  type ImageBlock,
  type PartBlock,
  type TextBlock,
} from './bedrock.types.js';

/** What the parts of one request have in common. */
export class ContentTranslation {
  readonly documentNames = new DocumentNames();

  constructor(
    readonly model: BedrockModel,
    readonly unsupported: UnsupportedParameters,
  ) {}

  /**
   * The content of one message as blocks. Text without anything but white space is left out: the API refuses it.
   * @param path of the content in the request, for errors.
   * @throws GatewayError where a part is of a kind that the API does not take.
   */
  toBlocks(content: string | readonly ChatContentPart[] | null | undefined, path: string): PartBlock[] {
    if (content === null || content === undefined) return [];
    if (typeof content === 'string') return textBlocks(content);
    return content.flatMap((part, index) => {
      const partPath = `${path}[${index}]`;
      const blocks = this.partBlocks(part, partPath);
      return blocks.length === 0 ? [] : [...blocks, ...this.cachePoints(part, partPath)];
    });
  }

  /**
   * The prompt-cache breakpoint on a part, message or tool, as a block to follow it.
   * @param path of what bears it.
   */
  cachePoints(holder: object, path: string, isTool = false): CachePointBlock[] {
    const value: unknown = 'cache_control' in holder ? holder.cache_control : undefined;
    if (!isObject(value)) return [];
    const { caches } = this.model;
    if (caches === 'nothing' || (isTool && caches === 'no tools')) {
      this.unsupported.add(`${path}.cache_control`);
      return [];
    }
    const { ttl } = value;
    return [{ cachePoint: { type: 'default', ...(ttl === '5m' || ttl === '1h' ? { ttl } : {}) } }];
  }

  private partBlocks(part: ChatContentPart, path: string): PartBlock[] {
    switch (part.type) {
      case 'text':
        return textBlocks(part.text);
      case 'refusal':
        return textBlocks(part.refusal);
      case 'image_url':
        return [this.imageBlock(part.image_url, path)];
      case 'file':
        return [this.fileBlock(part, path)];
      default:
        throw new GatewayError('unsupported_parameter', {
          message: `The model does not take content of type ${JSON.stringify(part.type)}.`,
          param: `${path}.type`,
        });
    }
  }

  /** @param image Mistral's clients send the URL itself. */
  private imageBlock(image: ChatImagePart['image_url'] | string, path: string): ImageBlock | DocumentBlock {
    const { url, detail } = typeof image === 'string' ? { url: image } : image;
    if (detail === 'low' || detail === 'high') this.unsupported.add(`${path}.image_url.detail`);
    const param = `${path}.image_url.url`;
    if (!url.startsWith('data:')) {
      throw new GatewayError('unsupported_parameter', {
        message: 'Bedrock fetches no images: send the image itself as a data URL.',
        param,
      });
    }
    return this.dataBlock(readDataUrl(url, param), undefined, param);
  }

  /** `context` and `citations` of a document are Bedrock's own, and stand beside `file`. */
  private fileBlock(part: ChatFilePart, path: string): ImageBlock | DocumentBlock {
    const { file_data: data, filename } = part.file;
    const param = `${path}.file.file_data`;
    if (typeof data !== 'string' || data === '' || /^https?:/.test(data)) {
      throw new GatewayError('unsupported_parameter', {
        message: 'Bedrock keeps and fetches no files: send the file itself as file_data.',
        param: `${path}.file`,
      });
    }
    const name = typeof filename === 'string' ? filename : undefined;
    const read = data.startsWith('data:') ? readDataUrl(data, param) : { mediaType: typeOfBare(data, name), data };
    const block = this.dataBlock(read, name, param);
    if (!('document' in block)) return block;
    const context: unknown = 'context' in part ? part.context : undefined;
    const citations: unknown = 'citations' in part ? part.citations : undefined;
    return {
      document: {
        ...block.document,
        ...(typeof context === 'string' ? { context } : {}),
        ...(isObject(citations) ? { citations } : {}),
      },
    };
  }

  private dataBlock(
    { mediaType, data }: EmbeddedData,
    filename: string | undefined,
    param: string,
  ): ImageBlock | DocumentBlock {
    const image = IMAGE_FORMATS.get(mediaType);
    if (image !== undefined) return { image: { format: image, source: { bytes: data } } };
    const format = DOCUMENT_FORMATS.get(mediaType) ?? (mediaType.startsWith('text/') ? 'txt' : undefined);
    if (format === undefined) {
      throw new GatewayError('invalid_value', {
        message:
          'The model takes JPEG, PNG, GIF and WebP images, PDF, Word, Excel, CSV, HTML, Markdown and text files.',
        param,
      });
    }
    return { document: { format, name: this.documentNames.nameOf(filename), source: { bytes: data } } };
  }
}

export function textBlocks(text: string): TextBlock[] {
  return text.trim() === '' ? [] : [{ text }];
}

const IMAGE_FORMATS: ReadonlyMap<string, string> = new Map([
  ['image/png', 'png'],
  ['image/jpeg', 'jpeg'],
  // A common misspelling.
  ['image/jpg', 'jpeg'],
  ['image/gif', 'gif'],
  ['image/webp', 'webp'],
]);

/** JSON, XML and YAML, for which the API has no name, are text. */
const DOCUMENT_FORMATS: ReadonlyMap<string, string> = new Map([
  ['application/pdf', 'pdf'],
  ['text/csv', 'csv'],
  ['text/html', 'html'],
  ['text/markdown', 'md'],
  ['application/msword', 'doc'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'],
  ['application/vnd.ms-excel', 'xls'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'],
  ['application/json', 'txt'],
  ['application/xml', 'txt'],
  ['application/yaml', 'txt'],
]);
