import { gzipSync } from 'node:zlib';
import { generateApiKey } from '../../src/auth/api-key.js';
import { TEST_KEY } from '../support/gateway.js';

/** Stands in every input: whoever finds it in an answer has found an echo. */
export const CANARY = 'canary7f3a';
/** The gateway's limit for a body. */
export const BODY_LIMIT = 2 * 1_048_576;
/** May use one model only, and that one does not exist. */
export const NARROW_KEY = 'sk-test-narrow-0123456789';

/** An input, and the status, code and parameter of the error that must come back. */
export interface BadInput {
  /** The row of the list of bad inputs, and what is wrong. */
  name: string;
  input: string | Uint8Array;
  status: number;
  code: string;
  param: string | null;
}

type Row = [name: string, input: string | Uint8Array, status: number, code: string, param?: string];

const rows = (table: Row[]): BadInput[] =>
  table.map(([name, input, status, code, param = null]) => ({ name, input, status, code, param }));

interface Message {
  method?: string;
  path?: string;
  headers?: string;
  /** `null` for a request without `Authorization`. */
  key?: string | null;
  body?: string | Uint8Array | undefined;
}

/** A well-formed request with a canary in it; `headers` are raw lines, put before the usual ones. */
export function http({
  method = 'GET',
  path = '/v1/models',
  headers = '',
  key = TEST_KEY,
  body,
}: Message = {}): Buffer {
  const authorization = key === null ? '' : `Authorization: Bearer ${key}\r\n`;
  const bytes = typeof body === 'string' ? Buffer.from(body) : (body ?? new Uint8Array());
  const type = body === undefined || /^content-type:/im.test(headers) ? '' : 'Content-Type: application/json\r\n';
  const length = body === undefined || /^(?:content-length|transfer-encoding):/im.test(headers);
  const framing = length ? '' : `Content-Length: ${bytes.length}\r\n`;
  const host = /^host:/im.test(headers) ? '' : 'Host: gateway.example\r\n';
  const head = `${method} ${path} HTTP/1.1\r\n${host}${headers}X-Canary: ${CANARY}\r\n${authorization}${type}${framing}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes]);
}

const CHAT = { model: 'simulator/echo', messages: [{ role: 'user', content: CANARY }] };

/** A chat request: a good one changed in some fields, or any body at all. */
export function chat(change: Record<string, unknown> | string | Uint8Array = {}, message: Message = {}): Buffer {
  const body =
    typeof change === 'string' || change instanceof Uint8Array ? change : JSON.stringify({ ...CHAT, ...change });
  return http({ method: 'POST', path: '/v1/chat/completions', body, ...message });
}

/** A good chat request with a field given as raw JSON. */
export const chatField = (name: string, json: string): Buffer =>
  chat(`${JSON.stringify(CHAT).slice(0, -1)},"${name}":${json}}`);

export const post = (headers: string, body = ''): string =>
  `POST /v1/chat/completions HTTP/1.1\r\nHost: gateway.example\r\nX-Canary: ${CANARY}\r\nAuthorization: Bearer ${TEST_KEY}\r\n${headers}\r\n${body}`;

/** Refused before the application; the connection is closed. */
export const FRAMING = rows([
  [
    '1 a length and a transfer encoding',
    post('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    400,
    'malformed_http',
  ],
  [
    '1 a transfer encoding and a length',
    post('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', '0\r\n\r\n'),
    400,
    'malformed_http',
  ],
  ['2 two different lengths', post('Content-Length: 2\r\nContent-Length: 3\r\n', '{}'), 400, 'malformed_http'],
  ['3 two equal lengths', post('Content-Length: 2\r\nContent-Length: 2\r\n', '{}'), 400, 'malformed_http'],
  ['4 length +2', post('Content-Length: +2\r\n', '{}'), 400, 'malformed_http'],
  ['5 length 0x2', post('Content-Length: 0x2\r\n', '{}'), 400, 'malformed_http'],
  ['7 length beyond 64 bits', post('Content-Length: 99999999999999999999\r\n', '{}'), 400, 'malformed_http'],
  [
    '8 transfer encoding xchunked',
    post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'),
    400,
    'unsupported_transfer_encoding',
  ],
  [
    '9 transfer encoding gzip, chunked',
    post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'),
    400,
    'unsupported_transfer_encoding',
  ],
  [
    '10 transfer encoding chunked, identity',
    post('Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n'),
    400,
    'unsupported_transfer_encoding',
  ],
  ['11 a space before the colon', post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n'), 400, 'malformed_http'],
  ['14 a bare CR in a value', http({ headers: `X-A: ${CANARY}\rX-B: 1\r\n` }), 400, 'malformed_http'],
  ['15 a NUL in a value', http({ headers: `X-A: ${CANARY}\0\r\n` }), 400, 'malformed_http'],
  [
    '16 no host',
    `GET /v1/models HTTP/1.1\r\nX-Canary: ${CANARY}\r\nAuthorization: Bearer ${TEST_KEY}\r\n\r\n`,
    400,
    'invalid_host',
  ],
  ['17 two hosts', http({ headers: `Host: gateway.example\r\nHost: ${CANARY}\r\n` }), 400, 'invalid_host'],
  ['18 a host with a path', http({ headers: `Host: ${CANARY}/admin?y#\r\n` }), 400, 'invalid_host'],
  ['20 a header of 20 KB', http({ headers: `X-A: ${CANARY.repeat(2_000)}\r\n` }), 431, 'header_too_large'],
  ['21 2,500 headers', http({ headers: 'X:\r\n'.repeat(2_500) }), 431, 'header_too_large'],
  ['21 101 headers', http({ headers: `X-A: ${CANARY}\r\n`.repeat(98) }), 431, 'header_too_large'],
  ['22 a URL of 16 KB', http({ path: `/v1/models?${CANARY.repeat(1_600)}` }), 431, 'header_too_large'],
  ['22 a URL of 9 KB', http({ path: `/v1/models?${CANARY.repeat(900)}` }), 431, 'header_too_large'],
  [
    '23 a chunk extension of 20 KB',
    post('Transfer-Encoding: chunked\r\n', `1;${CANARY.repeat(2_000)}\r\na\r\n0\r\n\r\n`),
    413,
    'payload_too_large',
  ],
  ['27 an unknown method', http({ method: 'BREW' }), 400, 'malformed_http'],
  ['28 TRACE', http({ method: 'TRACE' }), 405, 'method_not_allowed'],
  ['29 CONNECT', http({ method: 'CONNECT', path: `${CANARY}.example:443` }), 405, 'method_not_allowed'],
  ['30 the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'malformed_http'],
  ['33 an unknown expectation', chat({}, { headers: `Expect: ${CANARY}\r\n` }), 417, 'expectation_failed'],
  ['50 two keys', http({ headers: `Authorization: Bearer ${CANARY}\r\n` }), 400, 'duplicate_header'],
  [
    '50 two content types',
    chat({}, { headers: 'Content-Type: application/json\r\nContent-Type: text/plain\r\n' }),
    400,
    'duplicate_header',
  ],
]);

/** Refused for its credentials, before the body is read. */
export const AUTHENTICATION = rows([
  [
    '32 an upgrade without a key',
    chat({}, { key: null, headers: 'Connection: Upgrade\r\nUpgrade: websocket\r\n' }),
    401,
    'missing_api_key',
  ],
  [
    '36 a key named as a hop-by-hop header, but none there',
    http({ key: null, headers: 'Connection: authorization, x-request-id\r\n' }),
    401,
    'missing_api_key',
  ],
  ['41 no key', chat({}, { key: null }), 401, 'missing_api_key'],
  ['41 no key for the list of models', http({ key: null }), 401, 'missing_api_key'],
  ['41 no key for a model', http({ key: null, path: '/v1/models/simulator/echo' }), 401, 'missing_api_key'],
  ['42 Basic', http({ key: null, headers: `Authorization: Basic ${CANARY}\r\n` }), 401, 'invalid_api_key'],
  ['42 Bearer and nothing', http({ key: '' }), 401, 'invalid_api_key'],
  ['43 a wrong checksum', http({ key: `${generateApiKey().key.slice(0, -6)}canary` }), 401, 'invalid_api_key'],
  ['44 SQL in a key', http({ key: `sk-' OR '1'='1` }), 401, 'invalid_api_key'],
  ['45 more SQL in a key', http({ key: `${CANARY}'; SELECT pg_sleep(5)--` }), 401, 'invalid_api_key'],
  ['46 a key of 12 KB', http({ key: CANARY.repeat(1_200) }), 401, 'invalid_api_key'],
  ['46 a key of 16 KB', http({ key: CANARY.repeat(1_640) }), 431, 'header_too_large'],
  ['53 a key on the administration', http({ path: '/admin/keys', headers: `X-A: ${CANARY}\r\n` }), 404, 'unknown_url'],
  ['54 an unknown token', chat({}, { key: `admin-${CANARY}` }), 401, 'invalid_api_key'],
]);

/** Asks for what is not there, or not for this key. */
export const AUTHORISATION = rows([
  ...['//admin/keys', '/v1/..%2fadmin/keys', '/v1/%2e%2e/admin/keys', '/%61dmin', '/ADMIN', '/admin/keys'].map(
    (path): Row => [`55 ${path}`, http({ path: `${path}?${CANARY}` }), 404, 'unknown_url'],
  ),
  [`55 a path that is none`, http({ path: `/v1/models/${CANARY}%ff` }), 400, 'malformed_http'],
  [`55 an unknown path`, http({ path: `/v1/${CANARY}` }), 404, 'unknown_url'],
  ['57 another method for a known path', http({ method: 'DELETE' }), 405, 'method_not_allowed'],
  // Without the canary: this message names the model, as OpenAI's does.
  ['59 an unknown model', chat({ model: 'nobody-serves-this' }), 404, 'model_not_found', 'model'],
  ['59 a model that the key may not use', chat({}, { key: NARROW_KEY }), 404, 'model_not_found', 'model'],
  [
    '59 the same on the list',
    http({ key: NARROW_KEY, path: '/v1/models/simulator/echo' }),
    404,
    'model_not_found',
    'model',
  ],
]);

const many = (count: number, of: (index: number) => string): string =>
  Array.from({ length: count }, (_, i) => of(i)).join(',');

/** Refused for its body. */
export const BODIES = rows([
  ['67 half a body', chat(`{"${CANARY}":`), 400, 'invalid_json'],
  ['67 an empty body', chat(''), 400, 'invalid_json'],
  ['67 no JSON', chat(CANARY), 400, 'invalid_json'],
  ['67 two values', chat(`{"model":"a"} {"${CANARY}":1}`), 400, 'invalid_json'],
  ...['[]', `"${CANARY}"`, '1', 'null', 'true'].map((json): Row => [
    `68 a body of ${json}`,
    chat(json),
    400,
    'invalid_type',
  ]),
  ['70 bytes that are not UTF-8', chat(Buffer.from(`{"user":"${CANARY}\xff"}`, 'latin1')), 400, 'invalid_encoding'],
  ...['application/json; charset=utf-7', 'application/json; charset=utf-16', 'text/plain', `x/${CANARY}`].map(
    (type): Row => [`71 ${type}`, chat({}, { headers: `Content-Type: ${type}\r\n` }), 415, 'unsupported_media_type'],
  ),
  // Neither body is there to its end: the answer does not wait for it.
  [
    '73 a length over the limit',
    post(`Content-Type: application/json\r\nContent-Length: ${BODY_LIMIT + 1}\r\n`, `{"${CANARY}`),
    413,
    'payload_too_large',
  ],
  [
    '73 chunks over the limit',
    post(
      'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n',
      `${(BODY_LIMIT + 1).toString(16)}\r\n{"${CANARY}${' '.repeat(BODY_LIMIT)}`,
    ),
    413,
    'payload_too_large',
  ],
  [
    '74 a gzip bomb',
    chat(gzipSync(Buffer.alloc(50 * 1_048_576)), { headers: 'Content-Encoding: gzip\r\n' }),
    415,
    'unsupported_content_encoding',
  ],
  ['75 gzip twice', chat({}, { headers: 'Content-Encoding: gzip, gzip\r\n' }), 415, 'unsupported_content_encoding'],
  ['75 zstd', chat({}, { headers: 'Content-Encoding: zstd\r\n' }), 415, 'unsupported_content_encoding'],
  ['78 100,000 names', chat(`{${many(100_000, (i) => `"k${i}":1`)},"${CANARY}":1}`), 400, 'json_too_complex'],
  [
    '78 nested 10,000 deep',
    chat(`{"messages":${'['.repeat(10_000)}"${CANARY}"${']'.repeat(10_000)}}`),
    400,
    'json_too_complex',
  ],
  ['80 Model beside model', chat({ Model: CANARY }), 400, 'unknown_parameter', 'model'],
  ...['-1', '0', '1.5', '"5"', '1e309', '9007199254740992'].map((json): Row => [
    `83 max_tokens ${json}`,
    chatField('max_tokens', json),
    400,
    'invalid_value',
    'max_tokens',
  ]),
  ['84 n of a million', chatField('n', '1000000'), 400, 'invalid_value', 'n'],
  ['85 temperature 9', chatField('temperature', '9'), 400, 'invalid_value', 'temperature'],
  ['85 temperature true', chatField('temperature', 'true'), 400, 'invalid_value', 'temperature'],
  ['86 no messages', chat({ messages: [] }), 400, 'invalid_value', 'messages'],
  [
    '86 100,000 messages',
    chat(`{"model":"${CANARY}","messages":[${many(100_000, () => '{}')}]}`),
    400,
    'json_too_complex',
  ],
  ['86 a message of null', chat({ messages: [null] }), 400, 'invalid_type', 'messages[0]'],
  [
    '87 a role nobody has',
    chat({ messages: [{ role: CANARY, content: 'a' }] }),
    400,
    'invalid_value',
    'messages[0].role',
  ],
  [
    '87 a content of 5',
    chat({ messages: [{ role: 'user', content: 5 }] }),
    400,
    'invalid_value',
    'messages[0].content',
  ],
  ['90 stream "true"', chat({ stream: 'true' }), 400, 'invalid_type', 'stream'],
  [
    '90 stream options without a stream',
    chat({ stream_options: { include_usage: true } }),
    400,
    'invalid_value',
    'stream_options',
  ],
]);

/** What looks bad and is not: it gets its answer. */
export const GOOD: [name: string, input: Uint8Array][] = [
  ['32 an upgrade with a key', chat({}, { headers: 'Connection: Upgrade\r\nUpgrade: websocket\r\n' })],
  ['35 a header named __proto__', http({ headers: '__proto__: x\r\nconstructor: x\r\n' })],
  ['36 a key named as a hop-by-hop header', http({ headers: 'Connection: authorization, x-request-id\r\n' })],
  ...[
    `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`,
    `00-${'A'.repeat(32)}-${'B'.repeat(16)}-01`,
    `ff-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  ].map((parent): [string, Uint8Array] => [
    `38 traceparent ${parent}`,
    chat({}, { headers: `traceparent: ${parent}\r\ntracestate: ${CANARY}=1\r\n` }),
  ]),
  ['40 a request id of 10 KB', http({ headers: `x-request-id: ${CANARY.repeat(1_000)}\r\n` })],
  ['40 a request id beyond ASCII', http({ headers: `x-request-id: ${CANARY}\xe9\xff\r\n` })],
  ['57 a method in a header', http({ headers: 'X-HTTP-Method-Override: DELETE\r\n' })],
  ['85 temperature null', chatField('temperature', 'null')],
  ['88 U+0000 in a field', chatField('user', '"\\u0000"')],
  ['88 U+0000 in metadata', chatField('metadata', '{"a":"\\u0000"}')],
];
