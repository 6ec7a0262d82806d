import { TEST_KEY } from '../support/gateway.js';
import { type BadInput, CANARY, chat, type GoodInput, http, post, rows, BODY_LIMIT } from './bad-input.js';

/** Refused before the application: the connection is closed, and nothing behind it is run. */
export const FRAMING: BadInput[] = rows([
  [
    1,
    'a length and a transfer encoding',
    post('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    400,
    'malformed_http',
  ],
  [
    1,
    'a transfer encoding and a length',
    post('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', '0\r\n\r\n'),
    400,
    'malformed_http',
  ],
  [2, 'two different lengths', post('Content-Length: 2\r\nContent-Length: 3\r\n', '{}'), 400, 'malformed_http'],
  [3, 'two equal lengths', post('Content-Length: 2\r\nContent-Length: 2\r\n', '{}'), 400, 'malformed_http'],
  [4, 'length +2', post('Content-Length: +2\r\n', '{}'), 400, 'malformed_http'],
  [5, 'length 0x2', post('Content-Length: 0x2\r\n', '{}'), 400, 'malformed_http'],
  [7, 'length beyond 64 bits', post('Content-Length: 99999999999999999999\r\n', '{}'), 400, 'malformed_http'],
  [
    8,
    'transfer encoding xchunked',
    post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'),
    400,
    'unsupported_transfer_encoding',
  ],
  [
    9,
    'transfer encoding gzip, chunked',
    post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'),
    400,
    'unsupported_transfer_encoding',
  ],
  [
    10,
    'transfer encoding chunked, identity',
    post('Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n'),
    400,
    'unsupported_transfer_encoding',
  ],
  [11, 'a space before the colon', post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n'), 400, 'malformed_http'],
  [14, 'a bare CR in a value', http({ headers: `X-A: ${CANARY}\rX-B: 1\r\n` }), 400, 'malformed_http'],
  [15, 'a NUL in a value', http({ headers: `X-A: ${CANARY}\0\r\n` }), 400, 'malformed_http'],
  [
    16,
    'no host',
    `GET /v1/models HTTP/1.1\r\nX-Canary: ${CANARY}\r\nAuthorization: Bearer ${TEST_KEY}\r\n\r\n`,
    400,
    'invalid_host',
  ],
  [17, 'two hosts', http({ headers: `Host: gateway.example\r\nHost: ${CANARY}\r\n` }), 400, 'invalid_host'],
  [18, 'a host with a path', http({ headers: `Host: ${CANARY}/admin?y#\r\n` }), 400, 'invalid_host'],
  [20, 'a header of 20 KB', http({ headers: `X-A: ${CANARY.repeat(2_000)}\r\n` }), 431, 'header_too_large'],
  [21, '2,500 headers', http({ headers: 'X:\r\n'.repeat(2_500) }), 431, 'header_too_large'],
  [21, '101 headers', http({ headers: `X-A: ${CANARY}\r\n`.repeat(98) }), 431, 'header_too_large'],
  [22, 'a URL of 16 KB', http({ path: `/v1/models?${CANARY.repeat(1_600)}` }), 431, 'header_too_large'],
  [22, 'a URL of 9 KB', http({ path: `/v1/models?${CANARY.repeat(900)}` }), 431, 'header_too_large'],
  [
    23,
    'a chunk extension of 20 KB',
    post('Transfer-Encoding: chunked\r\n', `1;${CANARY.repeat(2_000)}\r\na\r\n0\r\n\r\n`),
    413,
    'payload_too_large',
  ],
  [27, 'an unknown method', http({ method: 'BREW' }), 400, 'malformed_http'],
  [28, 'TRACE', http({ method: 'TRACE' }), 405, 'method_not_allowed'],
  [29, 'CONNECT', http({ method: 'CONNECT', path: `${CANARY}.example:443` }), 405, 'method_not_allowed'],
  [30, 'the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'malformed_http'],
  [33, 'an unknown expectation', chat({}, { headers: `Expect: ${CANARY}\r\n` }), 417, 'expectation_failed'],
  [50, 'two keys', http({ headers: `Authorization: Bearer ${CANARY}\r\n` }), 400, 'duplicate_header'],
  [
    50,
    'two content types',
    chat({}, { headers: 'Content-Type: application/json\r\nContent-Type: text/plain\r\n' }),
    400,
    'duplicate_header',
  ],
  [
    34,
    'a body too large that waits to be asked for',
    post(`Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${BODY_LIMIT + 1}\r\n`),
    413,
    'payload_too_large',
  ],
  [
    37,
    'a good request behind a malformed one',
    Buffer.concat([http({ headers: `X-A: ${CANARY}\0\r\n` }), chat()]),
    400,
    'malformed_http',
  ],
  [
    37,
    'a good request behind one with two hosts',
    Buffer.concat([http({ headers: `Host: a\r\nHost: ${CANARY}\r\n` }), chat()]),
    400,
    'invalid_host',
  ],
]);

/** To be sent to a gateway that waits for no more than moments. */
export const UNFINISHED: BadInput[] = rows([
  [26, 'headers that do not come to an end', `GET /v1/models HTTP/1.1\r\nX-A: ${CANARY}`, 408, 'request_timeout'],
  [
    26,
    'a body that does not come to an end',
    post('Content-Type: application/json\r\nContent-Length: 100\r\n', `{"${CANARY}`),
    408,
    'request_timeout',
  ],
]);

export const GOOD_FRAMING: GoodInput[] = [
  [32, 'an upgrade with a key', chat({}, { headers: 'Connection: Upgrade\r\nUpgrade: websocket\r\n' })],
  [35, 'a header named __proto__', http({ headers: '__proto__: x\r\nconstructor: x\r\n' })],
  [36, 'a key named as a hop-by-hop header', http({ headers: 'Connection: authorization, x-request-id\r\n' })],
  ...[
    `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`,
    `00-${'A'.repeat(32)}-${'B'.repeat(16)}-01`,
    `ff-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  ].map((parent): GoodInput => [
    38,
    `traceparent ${parent}`,
    chat({}, { headers: `traceparent: ${parent}\r\ntracestate: ${CANARY}=1\r\n` }),
  ]),
  [40, 'a request id of 10 KB', http({ headers: `x-request-id: ${CANARY.repeat(1_000)}\r\n` })],
  [40, 'a request id beyond ASCII', http({ headers: `x-request-id: ${CANARY}\xe9\xff\r\n` })],
];
