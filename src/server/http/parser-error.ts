import { type ErrorCode } from '../../errors/error-codes.js';

/** What Node's HTTP parser says of a request it cannot read. */
interface ParserError extends Error {
  code?: string;
  reason?: string;
  rawPacket?: Uint8Array;
}

/** First byte of a TLS handshake record. */
const TLS_HANDSHAKE = 0x16;

/**
 * The code to answer a `clientError` with; `undefined` where there is nobody to answer: a broken connection, or
 * TLS on the plain port, whose client could not read the answer.
 *
 * @see https://nodejs.org/api/http.html#event-clienterror
 */
export function codeOfParserError(error: ParserError): ErrorCode | undefined {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return 'header_too_large';
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return 'payload_too_large';
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'request_timeout';
    case 'HPE_INVALID_TRANSFER_ENCODING':
      // The same code stands for a length beside a transfer encoding: two framings for one body.
      return error.reason?.includes('Content-Length') === true ? 'malformed_http' : 'unsupported_transfer_encoding';
  }
  if (error.code?.startsWith('HPE_') !== true || error.rawPacket?.[0] === TLS_HANDSHAKE) return undefined;
  return 'malformed_http';
}
