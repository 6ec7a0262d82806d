import { type BadInput, CANARY, chat, type GoodInput, http, NARROW_KEY, type Row, rows } from './bad-input.js';

/** Asks for what is not there, or not for this key. */
export const AUTHORISATION: BadInput[] = rows([
  [
    53,
    'a client key on the administration',
    http({ path: '/admin/keys', headers: `X-A: ${CANARY}\r\n` }),
    404,
    'unknown_url',
  ],
  ...['//admin/keys', '/v1/..%2fadmin/keys', '/v1/%2e%2e/admin/keys', '/%61dmin', '/ADMIN', '/admin/keys'].map(
    (path): Row => [55, path, http({ path: `${path}?${CANARY}` }), 404, 'unknown_url'],
  ),
  [55, `a path that is none`, http({ path: `/v1/models/${CANARY}%ff` }), 400, 'malformed_http'],
  [55, `an unknown path`, http({ path: `/v1/${CANARY}` }), 404, 'unknown_url'],
  [57, 'another method for a known path', http({ method: 'DELETE' }), 405, 'method_not_allowed'],
  // Without the canary: this message names the model, as OpenAI's does.
  [59, 'an unknown model', chat({ model: 'nobody-serves-this' }), 404, 'model_not_found', 'model'],
  [59, 'a model that the key may not use', chat({}, { key: NARROW_KEY }), 404, 'model_not_found', 'model'],
  [
    59,
    'the same on the list',
    http({ key: NARROW_KEY, path: '/v1/models/simulator/echo' }),
    404,
    'model_not_found',
    'model',
  ],
]);

export const GOOD_AUTHORISATION: GoodInput[] = [
  [57, 'a method in a header', http({ headers: 'X-HTTP-Method-Override: DELETE\r\n' })],
];
