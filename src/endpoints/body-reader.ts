import { type IncomingMessage } from 'node:http';
import { GatewayError } from '../errors/gateway-error.js';
import { isObject } from '../protocol/json.js';
import { JsonBody } from '../protocol/json-body.js';
import { PiecedJson } from '../protocol/json-members.js';
import { type JsonScan, scanJsonObject } from '../protocol/json-scan.js';
import { decodeStrictly } from '../protocol/utf8.js';

export interface BodyLimits {
  readonly bodyBytes: number;
  readonly jsonDepth: number;
  readonly jsonValues: number;
}

/**
 * Reads a JSON object from a request: once, as bytes, kept beside what they spell.
 * @throws GatewayError for a body that is too large, compressed, not JSON in UTF-8, too complex, or no object.
 */
export function readJsonBody(request: IncomingMessage & { body?: unknown }, limits: BodyLimits): Promise<JsonBody> {
  return new Promise((resolve, reject) => {
    // A host's own body parser may have been there before.
    if (isObject(request.body) && request.readableEnded) {
      resolve(JsonBody.of(request.body));
      return;
    }
    assertJson(request);
    // Parsed where its last byte comes: to wait for the bytes and parse them then would cost every call a promise.
    const parse = (body: ArrivingBody): void => {
      try {
        resolve(body.parse());
      } catch (error) {
        reject(error);
      }
    };
    collect(request, limits, parse, reject);
  });
}

/** @param scanned the pass over the bytes, where it was made when they came. @throws GatewayError */
export function parseJsonBody(bytes: Buffer, limits: BodyLimits, scanned?: JsonScan): JsonBody {
  const text = decodeStrictly(bytes);
  if (text === undefined) throw new GatewayError('invalid_encoding');
  const scan = scanned ?? scanJsonObject(bytes, limits.jsonDepth, limits.jsonValues);
  if (scan.tooComplex) throw new GatewayError('json_too_complex');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the body.
    throw new GatewayError('invalid_json');
  }
  if (!isObject(value)) {
    throw new GatewayError('invalid_type', { message: 'The request body must be a JSON object.' });
  }
  // Parsers disagree about which one counts.
  if (scan.members.count !== Object.keys(value).length) {
    throw new GatewayError('invalid_json', { message: 'A name appears twice in the request body.' });
  }
  return new JsonBody(bytes, value, scan.members);
}

/** @throws GatewayError for a compressed body. */
export function assertPlain({ headers }: Pick<IncomingMessage, 'headers'>): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new GatewayError('unsupported_content_encoding');
  }
}

/**
 * Why a body need not be read, or cannot be.
 * @param limit in bytes.
 */
export function findObstacle(
  request: Pick<IncomingMessage, 'headers' | 'readableEnded' | 'destroyed'>,
  limit: number,
): GatewayError | undefined {
  // What is announced as too large is not read at all.
  if (Number(request.headers['content-length'] ?? 0) > limit) return new GatewayError('payload_too_large');
  // Nothing more would come of either, not even an event.
  if (request.readableEnded) {
    return new GatewayError('server_error', { cause: new Error('The body has been read before') });
  }
  return request.destroyed ? new GatewayError('client_closed_request') : undefined;
}

function assertJson(request: IncomingMessage): void {
  assertPlain(request);
  const type = request.headers['content-type'];
  if (type === undefined || type === 'application/json') return;
  const [mediaType = '', ...parameters] = type.toLowerCase().split(';');
  const charset = parameters
    .map((parameter) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(parameter)?.[1])
    .find(Boolean);
  const isJson = mediaType.trim() === 'application/json' || mediaType.trim().endsWith('+json');
  const isUtf8Charset = charset === undefined || charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii';
  if (!isJson || !isUtf8Charset) throw new GatewayError('unsupported_media_type');
}

/** A body as it comes. Most come in one piece; others are looked through piece by piece. */
class ArrivingBody {
  private first: Buffer | undefined;
  /** To look through 10 MB at their end would block as long as `JSON.parse` does. */
  private pieces: PiecedJson | undefined;

  constructor(private readonly limits: BodyLimits) {}

  push(bytes: Buffer): void {
    if (this.first === undefined) {
      this.first = bytes;
      return;
    }
    if (this.pieces === undefined) {
      this.pieces = new PiecedJson(this.limits.jsonDepth, this.limits.jsonValues);
      this.pieces.push(this.first);
    }
    this.pieces.push(bytes);
  }

  /** @throws GatewayError */
  parse(): JsonBody {
    const { first, pieces, limits } = this;
    return pieces === undefined
      ? parseJsonBody(first ?? Buffer.alloc(0), limits)
      : parseJsonBody(pieces.bytes, limits, pieces.scan);
  }
}

/** Hands on the whole body. */
function collect(
  request: IncomingMessage,
  limits: BodyLimits,
  done: (body: ArrivingBody) => void,
  failed: (error: unknown) => void,
): void {
  const obstacle = findObstacle(request, limits.bodyBytes);
  if (obstacle !== undefined) throw obstacle;
  const body = new ArrivingBody(limits);
  let length = 0;
  // The listeners stay: they end with the request, and taking them back costs more than all they do.
  request.on('data', (bytes: Buffer) => {
    length += bytes.length;
    if (length <= limits.bodyBytes) {
      body.push(bytes);
      return;
    }
    request.pause();
    failed(new GatewayError('payload_too_large'));
  });
  request.on('end', () => {
    if (length <= limits.bodyBytes) done(body);
  });
  request.on('close', () => {
    if (!request.readableEnded) failed(new GatewayError('client_closed_request'));
  });
}
