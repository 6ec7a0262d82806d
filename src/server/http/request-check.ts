import { type IncomingMessage } from 'node:http';
import { type ErrorCode } from '../../errors/error-codes.js';

/** Header fields a request may have. */
export const MAX_HEADERS = 100;
/** Characters of a request target: path and query. */
export const MAX_URL_LENGTH = 8_192;

const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

// Bits for the headers of which a request may have one.
const SEEN_HOST = 1;
const SEEN_CONTENT_TYPE = 2;
const SEEN_AUTHORIZATION = 4;
const SEEN_CONTENT_LENGTH = 8;
const SEEN_TRANSFER_ENCODING = 16;

/**
 * What is wrong with the head of a request that Node's parser let pass, as the code to answer with.
 * On the way of every request: one walk over the raw headers, and a name is only looked at if its length may match.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-11.2 request smuggling
 */
export function findFault(request: IncomingMessage): ErrorCode | undefined {
  const { rawHeaders } = request;
  if (rawHeaders.length > 2 * MAX_HEADERS || (request.url ?? '').length > MAX_URL_LENGTH) return 'header_too_large';
  if (request.httpVersionMajor !== 1) return 'malformed_http';

  let seen = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    let bit = 0;
    switch (name.length) {
      case 4:
        if (isNamed(name, 'host')) bit = SEEN_HOST;
        break;
      case 12:
        if (isNamed(name, 'content-type')) bit = SEEN_CONTENT_TYPE;
        break;
      case 13:
        if (isNamed(name, 'authorization')) bit = SEEN_AUTHORIZATION;
        break;
      case 14:
        if (isNamed(name, 'content-length')) bit = SEEN_CONTENT_LENGTH;
        break;
      case 17:
        if (isNamed(name, 'transfer-encoding')) bit = SEEN_TRANSFER_ENCODING;
        break;
    }
    if (bit === 0) continue;
    if ((seen & bit) !== 0) return bit === SEEN_HOST ? 'invalid_host' : 'duplicate_header';
    seen |= bit;
    if (bit === SEEN_HOST) {
      if (!HOST.test(rawHeaders[index + 1] ?? '')) return 'invalid_host';
    } else if (bit === SEEN_TRANSFER_ENCODING) {
      // HTTP/1.0 has no transfer encodings: whoever stands in between may have read the message another way.
      if (!isNamed(rawHeaders[index + 1] ?? '', 'chunked') || request.httpVersionMinor === 0) {
        return 'unsupported_transfer_encoding';
      }
    }
  }
  // HTTP/1.0 may leave it out, and health checks of load balancers do.
  if ((seen & SEEN_HOST) === 0 && request.httpVersionMinor !== 0) return 'invalid_host';
  // It answers with the request itself, credentials included.
  if (request.method === 'TRACE') return 'method_not_allowed';
  return undefined;
}

function isNamed(text: string, lowerCase: string): boolean {
  return text === lowerCase || text.toLowerCase() === lowerCase;
}
