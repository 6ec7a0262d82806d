import { type ErrorCode } from '../../errors/error-codes.js';

/** What Node's HTTP parser says of a request it cannot read. */
interface ParserError extends Error {
  code?: string;
  reason?: string;
  rawPacket?: Uint8Array;
}

/** First byte of a TLS handshake record. */
const TLS_HANDSHAKE = 0x16;

const CODES = new Map<string | undefined, ErrorCode>([
  ['HPE_HEADER_OVERFLOW', 'header_too_large'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 'payload_too_large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'request_timeout'],
]);

/**
 * The code to answer a `clientError` with; `undefined` where there is nobody to answer: a broken connection, or
 * TLS on the plain port, whose client could not read the answer.
 *
 * @see https://nodejs.org/api/http.html#event-clienterror
 */
export function codeOfParserError({ code, reason, rawPacket }: ParserError): ErrorCode | undefined {
  const known = CODES.get(code);
  if (known !== undefined) return known;
  if (code?.startsWith('HPE_') !== true || rawPacket?.[0] === TLS_HANDSHAKE) return undefined;
  // The same code stands for a length beside a transfer encoding: two framings for one body.
  const isEncoding = code === 'HPE_INVALID_TRANSFER_ENCODING' && reason?.includes('Content-Length') !== true;
  return isEncoding ? 'unsupported_transfer_encoding' : 'malformed_http';
}
