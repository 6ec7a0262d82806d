import { type BadInput, http, type Row, rows } from './bad-input.js';

const BLOCKED: readonly (readonly [row: number, host: string])[] = [
  ...['127.0.0.1', '127.1', '2130706433'].map((host) => [92, host] as const),
  ...['0x7f.1', '0177.0.0.1'].map((host) => [93, host] as const),
  ...['0', '0.0.0.0'].map((host) => [94, host] as const),
  ...['[::1]', '[::]'].map((host) => [95, host] as const),
  [96, '[::ffff:127.0.0.1]'],
  [97, '[::127.0.0.1]'],
  ...['[64:ff9b::7f00:1]', '[64:ff9b:1::]'].map((host) => [98, host] as const),
  ...['[2002:7f00:1::]', '[2001::1]'].map((host) => [99, host] as const),
  ...['100.64.0.1', '100.100.100.200'].map((host) => [101, host] as const),
  ...['localhost.', 'a.localhost', 'metadata.google.internal'].map((host) => [104, host] as const),
  ...['1.1.1.1 &@2.2.2.2#', 'user@api.example.com'].map((host) => [108, host] as const),
];

const provider = (method: string, path: string, body: object): Row[2] => {
  return ({ owner }) => http({ method, path, key: owner, headers: 'If-Match: *\r\n', body: JSON.stringify(body) });
};

/** Where requests to a provider may not go, or may not go with what was given for another place. */
export const DESTINATIONS: BadInput[] = rows([
  ...BLOCKED.map(([row, host]): Row => [
    row,
    `a provider at ${host}`,
    provider('POST', '/admin/providers', {
      name: 'b',
      kind: 'openai-compatible',
      baseUrl: `https://${host}/v1`,
      apiKey: 'sk-canary7f3a',
    }),
    400,
    // Whoever is named before the @, the whole is no URL of a provider.
    row === 108 ? 'invalid_value' : 'blocked_host',
    'baseUrl',
  ]),
  [
    92,
    'a provider without TLS',
    provider('POST', '/admin/providers', {
      name: 'b',
      kind: 'openai-compatible',
      baseUrl: 'http://api.example.com/v1',
    }),
    400,
    'blocked_host',
    'baseUrl',
  ],
  [
    112,
    'a provider elsewhere, with the key that is stored',
    provider('PATCH', '/admin/providers/made', { baseUrl: 'https://elsewhere.example.com/v1' }),
    409,
    'secret_reentry_required',
    'apiKey',
  ],
]);
