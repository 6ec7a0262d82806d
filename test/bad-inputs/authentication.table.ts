import { generateApiKey } from '../../src/auth/api-key.js';
import { type BadInput, CANARY, chat, http, type Row, rows } from './bad-input.js';

/** The same for every key that lets nobody in, whatever is the matter with it. */
const INVALID = { message: 'The API key is not valid.' };
/** Seen to be none without a look into the database. */
const SEEN = { ...INVALID, lookups: 0 };
/** There is none to look at. */
const NO_KEY = {
  message: 'The Authorization header holds no API key. Send it as: Authorization: Bearer <key>',
  lookups: 0,
};
/** Looked up once, and remembered. */
const LOOKED_UP = { ...INVALID, lookups: 1 };

const key = (row: number, what: string, name: 'unknown' | 'otherSecret' | 'expired' | 'disabled' | 'revoked'): Row => [
  row,
  what,
  ({ keys }) => http({ key: keys[name] }),
  401,
  'invalid_api_key',
  null,
  LOOKED_UP,
];

/** Refused for its credentials, before the body is read. */
export const AUTHENTICATION: BadInput[] = rows([
  [
    32,
    'an upgrade without a key',
    chat({}, { key: null, headers: 'Connection: Upgrade\r\nUpgrade: websocket\r\n' }),
    401,
    'missing_api_key',
  ],
  [
    36,
    'a key named as a hop-by-hop header, but none there',
    http({ key: null, headers: 'Connection: authorization, x-request-id\r\n' }),
    401,
    'missing_api_key',
  ],
  [41, 'no key', chat({}, { key: null }), 401, 'missing_api_key'],
  [41, 'no key for the list of models', http({ key: null }), 401, 'missing_api_key'],
  [41, 'no key for a model', http({ key: null, path: '/v1/models/simulator/echo' }), 401, 'missing_api_key'],
  [
    42,
    'Basic',
    http({ key: null, headers: `Authorization: Basic ${CANARY}\r\n` }),
    401,
    'invalid_api_key',
    null,
    NO_KEY,
  ],
  [
    42,
    'a key by itself',
    http({ key: null, headers: `Authorization: sk-${CANARY}\r\n` }),
    401,
    'invalid_api_key',
    null,
    NO_KEY,
  ],
  [42, 'Bearer and nothing', http({ key: '' }), 401, 'invalid_api_key', null, NO_KEY],
  [42, 'Bearer alone', http({ key: null, headers: 'Authorization: Bearer\r\n' }), 401, 'invalid_api_key', null, NO_KEY],
  [
    43,
    'a wrong checksum',
    http({ key: `${generateApiKey().key.slice(0, -6)}canary` }),
    401,
    'invalid_api_key',
    null,
    SEEN,
  ],
  [44, 'SQL in a key', http({ key: `sk-' OR '1'='1` }), 401, 'invalid_api_key', null, SEEN],
  [45, 'more SQL in a key', http({ key: `${CANARY}'; SELECT pg_sleep(5)--` }), 401, 'invalid_api_key', null, SEEN],
  [46, 'a key of 12 KB', http({ key: CANARY.repeat(1_200) }), 401, 'invalid_api_key', null, SEEN],
  [46, 'a key of 16 KB', http({ key: CANARY.repeat(1_640) }), 431, 'header_too_large'],
  key(47, 'a key that never was', 'unknown'),
  key(48, 'the id of a key with another secret', 'otherSecret'),
  key(49, 'a key that has ended', 'expired'),
  key(49, 'a key that is disabled', 'disabled'),
  key(49, 'a key that is revoked', 'revoked'),
  [54, 'an administrator’s token', ({ owner }) => chat({}, { key: owner }), 401, 'invalid_api_key', null, SEEN],
  [54, 'an unknown token', chat({}, { key: `admin-${CANARY}` }), 401, 'invalid_api_key', null, SEEN],
]);
