import { GatewayError } from '../errors/gateway-error.js';

/** A file that stands in the request itself. */
export interface EmbeddedData {
  /** In lower case, without parameters. */
  readonly mediaType: string;
  /** Base64. */
  readonly data: string;
}

/**
 * @param param of the request, for the error.
 * @throws GatewayError where it is no data URL.
 * @see https://www.rfc-editor.org/rfc/rfc2397
 */
export function readDataUrl(url: string, param: string): EmbeddedData {
  const comma = url.indexOf(',');
  const [mediaType = '', ...attributes] = url.slice('data:'.length, Math.max(comma, 0)).split(';');
  const type = mediaType.trim().toLowerCase() || 'text/plain';
  const data = url.slice(comma + 1);
  if (comma >= 0 && attributes.some((attribute) => attribute.trim().toLowerCase() === 'base64')) {
    return { mediaType: type, data };
  }
  try {
    if (comma >= 0) return { mediaType: type, data: Buffer.from(decodeURIComponent(data)).toString('base64') };
  } catch {
    // Falls through to the one error below.
  }
  throw new GatewayError('invalid_value', { message: 'The data URL is not valid.', param });
}

/** The media type of base64 that came without one, by its first bytes or the name of its file. */
export function typeOfBare(data: string, filename: string | undefined): string {
  // `%PDF`
  if (data.startsWith('JVBERi')) return 'application/pdf';
  const extension = filename?.split('.').at(-1)?.toLowerCase() ?? '';
  return TYPE_BY_EXTENSION.get(extension) ?? 'application/octet-stream';
}

const TYPE_BY_EXTENSION: ReadonlyMap<string, string> = new Map([
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['md', 'text/markdown'],
  ['csv', 'text/csv'],
  ['html', 'text/html'],
  ['doc', 'application/msword'],
  ['docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['xls', 'application/vnd.ms-excel'],
  ['xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  ['json', 'application/json'],
  ['xml', 'application/xml'],
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
]);
