import { ADMIN_SCOPES } from '../../src/admin/admin-scopes.js';
import { type BadInput, CANARY, type Ground, http, type Input, type Message, type Row, rows } from './bad-input.js';

type OnGround = (ground: Ground) => Input;

/** Asked by an owner, unless told otherwise. */
const asked =
  (method: string, path: string | ((ground: Ground) => string), body?: unknown, message: Message = {}): OnGround =>
  (ground) =>
    http({
      method,
      path: typeof path === 'string' ? path : path(ground),
      key: ground.owner,
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
      ...message,
    });

const ofTheKey = ({ keyId }: Ground): string => `/admin/keys/${keyId}`;
const asViewer =
  (method: string, path: (ground: Ground) => string, body: object): OnGround =>
  (ground) =>
    asked(method, path, body, { key: ground.viewer })(ground);

/** Nobody gets where he may not be, and nobody makes himself more than he is. */
export const ADMIN_AUTHORISATION: BadInput[] = rows([
  [41, 'no token', http({ path: '/admin/keys', key: null }), 401, 'missing_admin_token'],
  [42, 'Bearer and nothing', http({ path: '/admin/keys', key: '' }), 401, 'invalid_admin_token'],
  [53, 'a client key on the administration', http({ path: '/admin/keys' }), 403, 'forbidden'],
  [
    53,
    'a client key that would make another',
    http({ method: 'POST', path: '/admin/keys', body: '{"name":"a"}' }),
    403,
    'forbidden',
  ],
  ...['/ADMIN/keys', '/admin/keys/'].map((path): Row => [
    55,
    path,
    http({ path: `${path}?${CANARY}` }),
    403,
    'forbidden',
  ]),
  ...[
    '//admin/keys',
    '/%61dmin/keys',
    '/v1/..%2fadmin/keys',
    '/admin%2fkeys',
    '/v1/models',
    '/v1/chat/completions',
  ].map((path): Row => [55, path, http({ path: `${path}?${CANARY}` }), 404, 'unknown_url']),
  [
    62,
    'a key that would be an administrator',
    (ground) =>
      asked('PATCH', ofTheKey, { role: 'admin' }, { key: ground.keySecret, headers: 'If-Match: *\r\n' })(ground),
    403,
    'forbidden',
  ],
  [
    62,
    'a token that looks at keys and would change one',
    asViewer('PATCH', ofTheKey, { role: 'admin' }),
    403,
    'insufficient_scope',
  ],
  [
    62,
    'a token that would be granted more',
    asViewer('POST', () => '/admin/tokens', { name: 'a', role: 'admin' }),
    403,
    'insufficient_scope',
  ],
  // What a token may is never changed, by nobody.
  [
    62,
    'a token that would be more',
    asViewer('PATCH', ({ viewerId }) => `/admin/tokens/${viewerId}`, { role: 'admin' }),
    404,
    'unknown_url',
  ],
]);

const BUDGET = { name: 'b', usd: 1, per: 'day' };
const budget = (usd: unknown): object => ({ name: 'web', budgets: [{ ...BUDGET, usd }] });

type BodyRow = readonly [row: number, body: object | string, code: string, param: string];

const to = (method: string, path: string, table: readonly BodyRow[]): Row[] =>
  table.map(([row, body, code, param]) => [
    row,
    `${method} ${path} ${typeof body === 'string' ? body : JSON.stringify(body)}`.slice(0, 120),
    asked(method, path, body),
    400,
    code,
    param,
  ]);

/** What is said of a new key. */
const NEW_KEYS = to('POST', '/admin/keys', [
  [63, { name: 'web', spent: -100, id: 1 }, 'unknown_parameter', 'spent'],
  [63, { spent: -100, id: 1 }, 'unknown_parameter', 'spent'],
  [0, { name: 'web', secret: 'sk-of-mine-0123456789' }, 'unknown_parameter', 'secret'],
  [0, { name: 'web', role: null }, 'unknown_parameter', 'role'],
  [0, '{"name":"web","__proto__":{"a":1}}', 'unknown_parameter', '__proto__'],
  [0, { name: 'web', rateLimits: { perMinute: 5 } }, 'unknown_parameter', 'rateLimits.perMinute'],
  [0, {}, 'missing_required_parameter', 'name'],
  [0, { name: null }, 'missing_required_parameter', 'name'],
  [65, { name: { role: 'x' } }, 'invalid_type', 'name'],
  [65, { name: 5 }, 'invalid_type', 'name'],
  [0, { name: '' }, 'invalid_value', 'name'],
  [0, { name: 'a b' }, 'invalid_value', 'name'],
  [0, { name: 'web', models: 'model' }, 'invalid_type', 'models'],
  [0, { name: 'web', models: [] }, 'invalid_value', 'models'],
  [0, { name: 'web', models: [5] }, 'invalid_type', 'models[0]'],
  [64, budget('NaN'), 'invalid_value', 'budgets[0].usd'],
  [64, budget(-5), 'invalid_value', 'budgets[0].usd'],
  [64, budget('-5'), 'invalid_value', 'budgets[0].usd'],
  [64, '{"name":"web","budgets":[{"name":"b","usd":1e309,"per":"day"}]}', 'invalid_value', 'budgets[0].usd'],
  [64, budget('1e9'), 'invalid_value', 'budgets[0].usd'],
  [64, budget([1]), 'invalid_type', 'budgets[0].usd'],
  [64, { name: 'web', rateLimits: { requestsPerMinute: '10' } }, 'invalid_type', 'rateLimits.requestsPerMinute'],
  [0, { name: 'web', budgets: [{ name: 'b', usd: 1 }] }, 'missing_required_parameter', 'budgets[0].per'],
  [0, { name: 'web', budgets: [BUDGET, BUDGET] }, 'invalid_value', 'budgets[1].name'],
  [0, { name: 'web', rateLimits: { models: [{ model: 'fast' }] } }, 'invalid_value', 'rateLimits.models[0].model'],
  [0, { name: 'web', guardrails: ['none'] }, 'invalid_value', 'guardrails[0]'],
  [0, { name: 'web', ipRanges: ['10.0.0.0/33'] }, 'invalid_value', 'ipRanges'],
  [0, { name: 'web', ipRanges: ['localhost'] }, 'invalid_value', 'ipRanges'],
  [0, { name: 'web', metadata: { a: 5 } }, 'invalid_type', 'metadata.a'],
  [0, { name: 'web', metadata: { a: 'x'.repeat(513) } }, 'invalid_value', 'metadata'],
  [0, { name: 'web', expiresAt: 'tomorrow' }, 'invalid_value', 'expiresAt'],
  [0, { name: 'web', extensions: [{ name: 'x', settings: 5 }] }, 'invalid_type', 'extensions[0].settings'],
]);

const AS_IT_IS = (ground: Ground): string => `If-Match: ${ground.keyEtag}\r\n`;

const patch = (row: number, body: object, code: string, param: string): Row => [
  row,
  `PATCH of a key ${JSON.stringify(body)}`,
  (ground) => asked('PATCH', ofTheKey, body, { headers: AS_IT_IS(ground) })(ground),
  400,
  code,
  param,
];

const rotation = (body: object, code: string, param: string): Row => [
  0,
  `a secret replaced with ${JSON.stringify(body)}`,
  (ground) => asked('POST', (on) => `${ofTheKey(on)}/rotate`, body, { headers: AS_IT_IS(ground) })(ground),
  400,
  code,
  param,
];

/** A change is asked for of what was read. */
const STALE: Row[] = [
  [
    0,
    'a patch of whatever is there',
    asked('PATCH', ofTheKey, { team: 'a' }),
    428,
    'precondition_required',
    'if-match',
  ],
  ...['"7"', 'W/"1"', '1', '""'].map((tag): Row => [
    0,
    `a patch of the version ${tag}`,
    asked('PATCH', ofTheKey, { team: 'a' }, { headers: `If-Match: ${tag}\r\n` }),
    412,
    'precondition_failed',
    'if-match',
  ]),
  [
    0,
    'the end of another version',
    asked('DELETE', ofTheKey, undefined, { headers: 'If-Match: "7"\r\n' }),
    412,
    'precondition_failed',
    'if-match',
  ],
];

const TOKENS = to('POST', '/admin/tokens', [
  [0, { role: 'viewer' }, 'missing_required_parameter', 'name'],
  [0, { name: 'a' }, 'missing_required_parameter', 'role'],
  [0, { name: 'a', role: 'viewer', scopes: ['keys:read'] }, 'invalid_value', 'scopes'],
  [0, { name: 'a', role: 'root' }, 'invalid_value', 'role'],
  [65, { name: 'a', role: ['owner'] }, 'invalid_type', 'role'],
  [65, { name: 'a', role: { role: 'owner' } }, 'invalid_type', 'role'],
  [0, { name: 'a', role: 'constructor' }, 'invalid_value', 'role'],
  [0, { name: 'a', scopes: [] }, 'invalid_value', 'scopes'],
  [0, { name: 'a', scopes: ['*'] }, 'invalid_value', 'scopes'],
  [0, { name: 'a', scopes: ['keys:read', 'keys:read'] }, 'invalid_value', 'scopes'],
  [0, { name: 'a', scopes: [['keys:read']] }, 'invalid_type', 'scopes[0]'],
  [0, { name: 'a', scopes: 'keys:read' }, 'invalid_type', 'scopes'],
  [0, { name: 'a b', role: 'viewer' }, 'invalid_value', 'name'],
  [0, { name: 'a', role: 'viewer', expiresAt: '2020-01-01' }, 'invalid_value', 'expiresAt'],
  [0, { name: 'a', role: 'viewer', expiresAt: 'never' }, 'invalid_value', 'expiresAt'],
  [63, { name: 'a', role: 'viewer', grantedBy: 'x' }, 'unknown_parameter', 'grantedBy'],
  [63, { name: 'a', role: 'viewer', secret: 'x', scope: ADMIN_SCOPES }, 'unknown_parameter', 'secret'],
]);

const OWNERS = [
  ...to('POST', '/admin/teams', [
    [63, { name: 'a', role: 1 }, 'unknown_parameter', 'role'],
    [0, { organization: 'b' }, 'missing_required_parameter', 'name'],
    [0, { name: 'a/b' }, 'invalid_value', 'name'],
    [64, { name: 'a', budgets: [{ name: 'b', usd: -1, per: 'day' }] }, 'invalid_value', 'budgets[0].usd'],
    [65, { name: 'a', disabled: 'yes' }, 'invalid_type', 'disabled'],
    [0, { name: 'a', rateLimits: { models: [{ model: 'fast' }] } }, 'invalid_value', 'rateLimits.models[0].model'],
  ]),
  ...to('POST', '/admin/organizations', [[0, { name: 'a', organization: 'b' }, 'unknown_parameter', 'organization']]),
];

const SPAN = { from: '2000-01-01', to: '2100-01-01T00:00:00Z' };

const ACTIONS = [
  ...to('POST', '/admin/prices/rerate', [
    [0, { to: SPAN.to }, 'missing_required_parameter', 'from'],
    [0, { from: SPAN.from, to: 'tomorrow' }, 'invalid_value', 'to'],
    [0, { from: SPAN.from, to: 5 }, 'invalid_value', 'to'],
    [0, { ...SPAN, dryRun: 'yes' }, 'invalid_value', 'dryRun'],
    [65, { ...SPAN, model: { id: 'a' } }, 'invalid_value', 'model'],
    [0, { ...SPAN, dryrun: true }, 'unknown_parameter', 'dryrun'],
  ]),
  ...to('POST', '/admin/cache/clear', [
    [0, '{"keys":"a"}', 'unknown_parameter', 'keys'],
    [0, '{"key":5}', 'invalid_value', 'key'],
    [65, '{"key":{"id":"a"}}', 'invalid_value', 'key'],
    [0, '{"key":""}', 'invalid_value', 'key'],
  ]),
];

const refusedBody = (row: number, what: string, message: Message, status: number, code: string): Row => [
  row,
  what,
  asked('POST', '/admin/cache/clear', undefined, message),
  status,
  code,
];

/** What every body of the administration is read by. */
const BODIES: Row[] = [
  refusedBody(67, 'half a body', { body: `{"${CANARY}":` }, 400, 'invalid_json'),
  refusedBody(67, 'an empty body', { body: '' }, 400, 'invalid_json'),
  refusedBody(68, 'a list', { body: '[]' }, 400, 'invalid_type'),
  refusedBody(
    70,
    'bytes that are not UTF-8',
    { body: Buffer.from('{"key":"\xff"}', 'latin1') },
    400,
    'invalid_encoding',
  ),
  refusedBody(
    71,
    'a form',
    { body: 'key=a', headers: 'Content-Type: application/x-www-form-urlencoded\r\n' },
    415,
    'unsupported_media_type',
  ),
  refusedBody(73, 'too much', { body: `{"key":"${'x'.repeat(70_000)}"}` }, 413, 'payload_too_large'),
  refusedBody(75, 'zstd', { body: '{}', headers: 'Content-Encoding: zstd\r\n' }, 415, 'unsupported_content_encoding'),
  refusedBody(
    78,
    'nested 10,000 deep',
    { body: `${'['.repeat(10_000)}${']'.repeat(10_000)}` },
    400,
    'json_too_complex',
  ),
  refusedBody(41, 'half a body without a token', { body: '{"key":', key: null }, 401, 'missing_admin_token'),
];

type QueryRow = readonly [query: string, param: string, code?: string];

const queries = (path: string, table: readonly QueryRow[]): Row[] =>
  table.map(([query, param, code = 'invalid_value']) => [
    0,
    `${path}?${query}`.slice(0, 120),
    asked('GET', `${path}?${query}`),
    400,
    code,
    param,
  ]);

const cursor = (json: string): string => `cursor=${Buffer.from(json).toString('base64url')}`;

const LISTS = [
  ...queries('/admin/keys', [
    ['limit=0', 'limit'],
    ['sort=colour', 'sort'],
    ['status=gone', 'status'],
    ['cursor=nonsense', 'cursor'],
    [cursor('["name","a","b"]'), 'cursor'],
    [cursor('["-createdAt","now()","b"]'), 'cursor'],
    ['secret=x', 'secret', 'unknown_parameter'],
  ]),
  ...queries('/admin/usage/records', [
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['cursor=1', 'cursor'],
    ['from=yesterday', 'from'],
    ['from=1', 'from'],
    ['to=2026-13-45', 'to'],
    ['status=done', 'status'],
    ['team=a&team=b', 'team'],
    [`model=${CANARY.repeat(60)}`, 'model'],
    ['tenant=a', 'tenant', 'unknown_parameter'],
  ]),
  ...queries('/admin/usage/totals', [
    ['by=', 'by'],
    [`by=${CANARY}`, 'by'],
    ['by=day,day', 'by'],
    ['by=day&by=day', 'by'],
  ]),
  ...queries('/admin/budgets', [
    ['kind=user', 'kind'],
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['budget=a&budget=b', 'budget'],
  ]),
  ...queries('/admin/tokens', [['cursor=x', 'cursor']]),
  ...queries('/admin/audit', [
    ['limit=0', 'limit'],
    ['cursor=x', 'cursor'],
  ]),
  ...queries('/admin/audit/verify', [
    ['number=0&hash=x', 'number'],
    ['number=1', 'hash', 'missing_required_parameter'],
    [`number=1&hash=${'Z'.repeat(64)}`, 'hash'],
  ]),
];

/** Whatever else an administrator may get wrong. */
export const ADMINISTRATION: BadInput[] = rows([
  ...NEW_KEYS,
  patch(62, { role: 'admin' }, 'unknown_parameter', 'role'),
  patch(63, { id: 'other' }, 'unknown_parameter', 'id'),
  patch(63, { revokedAt: null }, 'unknown_parameter', 'revokedAt'),
  patch(64, { budgets: [{ ...BUDGET, usd: -5 }] }, 'invalid_value', 'budgets[0].usd'),
  patch(65, { name: { role: 'x' } }, 'invalid_type', 'name'),
  patch(0, { name: null }, 'missing_required_parameter', 'name'),
  rotation({ graceSeconds: -1 }, 'invalid_value', 'graceSeconds'),
  rotation({ graceSeconds: 'a day' }, 'invalid_type', 'graceSeconds'),
  rotation({ grace: 5 }, 'unknown_parameter', 'grace'),
  ...STALE,
  ...TOKENS,
  ...OWNERS,
  ...ACTIONS,
  ...BODIES,
  ...LISTS,
]);
