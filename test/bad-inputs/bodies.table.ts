import { gzipSync } from 'node:zlib';
import {
  type BadInput,
  BODY_LIMIT,
  CANARY,
  chat,
  chatField,
  type GoodInput,
  post,
  type Row,
  rows,
} from './bad-input.js';

const many = (count: number, of: (index: number) => string): string =>
  Array.from({ length: count }, (_, i) => of(i)).join(',');

/** Refused for its body. */
export const BODIES: BadInput[] = rows([
  [67, 'half a body', chat(`{"${CANARY}":`), 400, 'invalid_json'],
  [67, 'an empty body', chat(''), 400, 'invalid_json'],
  [67, 'no JSON', chat(CANARY), 400, 'invalid_json'],
  [67, 'two values', chat(`{"model":"a"} {"${CANARY}":1}`), 400, 'invalid_json'],
  ...['[]', `"${CANARY}"`, '1', 'null', 'true'].map((json): Row => [
    68,
    `a body of ${json}`,
    chat(json),
    400,
    'invalid_type',
  ]),
  [70, 'bytes that are not UTF-8', chat(Buffer.from(`{"user":"${CANARY}\xff"}`, 'latin1')), 400, 'invalid_encoding'],
  ...['application/json; charset=utf-7', 'application/json; charset=utf-16', 'text/plain', `x/${CANARY}`].map(
    (type): Row => [71, type, chat({}, { headers: `Content-Type: ${type}\r\n` }), 415, 'unsupported_media_type'],
  ),
  // Neither body is there to its end: the answer does not wait for it.
  [
    73,
    'a length over the limit',
    post(`Content-Type: application/json\r\nContent-Length: ${BODY_LIMIT + 1}\r\n`, `{"${CANARY}`),
    413,
    'payload_too_large',
  ],
  [
    73,
    'chunks over the limit',
    post(
      'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n',
      `${(BODY_LIMIT + 1).toString(16)}\r\n{"${CANARY}${' '.repeat(BODY_LIMIT)}`,
    ),
    413,
    'payload_too_large',
  ],
  [
    74,
    'a gzip bomb',
    chat(gzipSync(Buffer.alloc(50 * 1_048_576)), { headers: 'Content-Encoding: gzip\r\n' }),
    415,
    'unsupported_content_encoding',
  ],
  [75, 'gzip twice', chat({}, { headers: 'Content-Encoding: gzip, gzip\r\n' }), 415, 'unsupported_content_encoding'],
  [75, 'zstd', chat({}, { headers: 'Content-Encoding: zstd\r\n' }), 415, 'unsupported_content_encoding'],
  [78, '100,000 names', chat(`{${many(100_000, (i) => `"k${i}":1`)},"${CANARY}":1}`), 400, 'json_too_complex'],
  [
    78,
    'nested 10,000 deep',
    chat(`{"messages":${'['.repeat(10_000)}"${CANARY}"${']'.repeat(10_000)}}`),
    400,
    'json_too_complex',
  ],
  [80, 'Model beside model', chat({ Model: CANARY }), 400, 'unknown_parameter', 'model'],
  ...['-1', '0', '1.5', '"5"', '1e309', '9007199254740992'].map((json): Row => [
    83,
    `max_tokens ${json}`,
    chatField('max_tokens', json),
    400,
    'invalid_value',
    'max_tokens',
  ]),
  [84, 'n of a million', chatField('n', '1000000'), 400, 'invalid_value', 'n'],
  [85, 'temperature 9', chatField('temperature', '9'), 400, 'invalid_value', 'temperature'],
  [85, 'temperature true', chatField('temperature', 'true'), 400, 'invalid_value', 'temperature'],
  [86, 'no messages', chat({ messages: [] }), 400, 'invalid_value', 'messages'],
  [
    86,
    '100,000 messages',
    chat(`{"model":"${CANARY}","messages":[${many(100_000, () => '{}')}]}`),
    400,
    'json_too_complex',
  ],
  [86, 'a message of null', chat({ messages: [null] }), 400, 'invalid_type', 'messages[0]'],
  [
    87,
    'a role nobody has',
    chat({ messages: [{ role: CANARY, content: 'a' }] }),
    400,
    'invalid_value',
    'messages[0].role',
  ],
  [
    87,
    'a content of 5',
    chat({ messages: [{ role: 'user', content: 5 }] }),
    400,
    'invalid_value',
    'messages[0].content',
  ],
  [90, 'stream "true"', chat({ stream: 'true' }), 400, 'invalid_type', 'stream'],
  [
    90,
    'stream options without a stream',
    chat({ stream_options: { include_usage: true } }),
    400,
    'invalid_value',
    'stream_options',
  ],
  ...['api_base', 'base_url', 'api_key', 'extra_headers', '__proto__', 'constructor'].map((name): Row => [
    91,
    `nobody steers the gateway by ${name}`,
    ({ honeypot }) => chatField(name, `"${honeypot}/${CANARY}"`),
    400,
    'unknown_parameter',
    name,
  ]),
]);

export const GOOD_BODIES: GoodInput[] = [
  [85, 'temperature null', chatField('temperature', 'null')],
  [88, 'U+0000 in a field', chatField('user', '"\\u0000"')],
  [88, 'U+0000 in metadata', chatField('metadata', '{"a":"\\u0000"}')],
];
