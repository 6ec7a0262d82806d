import { createHash, createHmac } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type Behaviour, type SeenRequest } from './fake-upstream.js';

/** What AWS knows of a caller. */
export interface AwsIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A request as AWS receives it. */
export type SignedRequest = Pick<SeenRequest, 'method' | 'path' | 'headers' | 'body'>;

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** As RFC 3986 has it: all but letters, digits and `-._~`. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * What is wrong with a request's signature, worked out from AWS's description alone; `undefined` where nothing is.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signatureProblem(
  { method, path, headers, body }: SignedRequest,
  { accessKeyId, secretAccessKey, sessionToken }: AwsIdentity,
  scope: { readonly region: string; readonly service: string },
): string | undefined {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8}\/[^/]+\/[^/]+\/aws4_request), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    );
  if (match === null) return `There is no signature in ${String(headers.authorization)}.`;
  const [, key = '', credentialScope = '', names = '', signature = ''] = match;
  const date = String(headers['x-amz-date']);
  if (key !== accessKeyId) return `The key ${key} is not known.`;
  if (credentialScope !== `${date.slice(0, 8)}/${scope.region}/${scope.service}/aws4_request`) {
    return `The scope is ${credentialScope}.`;
  }
  if (headers['x-amz-security-token'] !== sessionToken) return 'The session token is not that of the key.';
  const payloadHash = headers['x-amz-content-sha256'] ?? sha256(body);
  if (payloadHash !== sha256(body)) return 'The hash is not that of the body.';
  const signedNames = names.split(';');
  const owed = Object.keys(headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
  const unsigned = owed.filter((name) => !signedNames.includes(name));
  if (unsigned.length > 0) return `Not signed: ${unsigned.join(', ')}.`;

  const [bare = '', query = ''] = path.split('?');
  const canonicalPath = bare.split('/').map(encode).join('/');
  const canonicalQuery = [...new URLSearchParams(query)]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const canonicalHeaders = signedNames.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}\n`);
  const canonical = [method, canonicalPath, canonicalQuery, canonicalHeaders.join(''), names, payloadHash].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, credentialScope, sha256(canonical)].join('\n');
  const signingKey = credentialScope
    .split('/')
    .reduce<Buffer | string>((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
  const expected = hmac(Buffer.from(signingKey), toSign).toString('hex');
  return signature === expected ? undefined : `The signature does not match. Expected that of:\n${canonical}`;
}

/**
 * One message of an event stream: total length, length of the headers, checksum of both; headers; payload; checksum of
 * all.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html
 */
export function eventMessage(headers: Readonly<Record<string, string>>, payload: Buffer | object): Buffer {
  const head = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const [nameBytes, valueBytes] = [Buffer.from(name), Buffer.from(value)];
      const length = Buffer.alloc(2);
      length.writeUInt16BE(valueBytes.length);
      // Type 7: a string.
      return Buffer.concat([Buffer.from([nameBytes.length]), nameBytes, Buffer.from([7]), length, valueBytes]);
    }),
  );
  const body = Buffer.isBuffer(payload) ? payload : Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + head.length + body.length, 0);
  prelude.writeUInt32BE(head.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const message = Buffer.concat([prelude, head, body]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(message));
  return Buffer.concat([message, checksum]);
}

/** An event of a stream, padded as AWS pads it. */
export const event = (type: string, payload: object): Buffer =>
  eventMessage(
    { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' },
    { ...payload, p: 'abcdefghijklmnop' },
  );

/** An exception in a stream. */
export const exception = (type: string, message: string): Buffer =>
  eventMessage(
    { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' },
    { message },
  );

/** One message of an event stream, taken apart. */
export interface DecodedMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Buffer;
  /** Of its first byte in the stream. */
  readonly start: number;
}

/** The messages of a whole event stream. */
export function decodeEvents(bytes: Buffer): DecodedMessage[] {
  const messages: DecodedMessage[] = [];
  for (let start = 0; start < bytes.length;) {
    const length = bytes.readUInt32BE(start);
    const message = bytes.subarray(start, start + length);
    const headersEnd = 12 + message.readUInt32BE(4);
    if (crc32(message.subarray(0, -4)) !== message.readUInt32BE(length - 4)) throw new Error('A checksum is wrong.');
    const headers: Record<string, string> = {};
    for (let at = 12; at < headersEnd;) {
      const nameEnd = at + 1 + message.readUInt8(at);
      if (message.readUInt8(nameEnd) !== 7) throw new Error('A header is no string.');
      const valueEnd = nameEnd + 3 + message.readUInt16BE(nameEnd + 1);
      headers[message.toString('utf8', at + 1, nameEnd)] = message.toString('utf8', nameEnd + 3, valueEnd);
      at = valueEnd;
    }
    messages.push({ headers, payload: message.subarray(headersEnd, length - 4), start });
    start += length;
  }
  return messages;
}

/** Answers with an event stream, piece by piece; what is no piece is waited for, or done. */
export function eventStream(...pieces: (Buffer | Promise<unknown> | Behaviour)[]): Behaviour {
  return async (seen) => {
    seen.head(200, { 'content-type': 'application/vnd.amazon.eventstream' });
    for (const piece of pieces) {
      if (Buffer.isBuffer(piece)) await seen.write(piece);
      else if (piece instanceof Promise) await piece;
      else await piece(seen);
    }
    seen.end();
  };
}

/** The events of a whole answer of Bedrock's. */
export function converseEvents(
  pieces: readonly string[],
  { input, output }: { readonly input: number; readonly output: number },
): Buffer[] {
  return [
    event('messageStart', { role: 'assistant' }),
    ...pieces.map((text) => event('contentBlockDelta', { contentBlockIndex: 0, delta: { text } })),
    event('contentBlockStop', { contentBlockIndex: 0 }),
    event('messageStop', { stopReason: 'end_turn' }),
    event('metadata', {
      usage: { inputTokens: input, outputTokens: output, totalTokens: input + output },
      metrics: { latencyMs: 100 },
    }),
  ];
}
