import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../errors/configuration-error.js';
import { GatewayOptions } from '../gateway.options.js';
import { validateGatewayOptions, type GatewayOptionsInput, type OptionsSource } from './validate-options.js';

const SECRET = 'sk-do-not-tell-anybody-0123456789';

function problemsOf(input: unknown, source?: OptionsSource): string[] {
  try {
    validateGatewayOptions(input, source);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map(
      ({ file, path, problem, remedy }) => `${file ? `${file} ` : ''}${path} ${problem}: ${remedy}`,
    );
  }
}

const provider = (more: object = {}): object => ({ name: 'groq', kind: 'groq', ...more });
const withProvider = (more: object): object => ({ providers: [provider(more)] });

describe('validateGatewayOptions', () => {
  it('accepts nothing at all', () => {
    expect(validateGatewayOptions({})).toEqual({});
    expect(validateGatewayOptions(undefined)).toEqual({});
    expect(validateGatewayOptions(null)).toEqual({});
    expect(validateGatewayOptions(new GatewayOptions())).toEqual({});
  });

  it('gives back every setting, models as objects, URLs without a trailing slash, header names in lower case', () => {
    const input: GatewayOptionsInput = {
      providers: [
        {
          name: 'own',
          kind: 'vllm',
          apiKey: SECRET,
          baseUrl: 'http://[::1]:8000/v1//',
          models: ['small', { name: 'large', upstreamModel: 'meta/large@2' }],
          weight: 2,
          maxRetries: 0,
          timeout: 0,
          connectTimeout: 1,
          idleTimeout: 0,
          headers: { 'X-Team': ' search ' },
        },
      ],
      aliases: { fast: 'small', exact: 'own/large' },
      keys: [{ name: 'team', secret: SECRET, models: ['fast', '*'] }],
      auth: 'required',
      streaming: { keepAliveInterval: 0, openAfter: 0 },
      limits: { bodyBytes: 1024, jsonDepth: 8, jsonValues: 100, callTimeout: 0, retryAfter: 0 },
    };
    expect(validateGatewayOptions(input)).toEqual({
      ...input,
      providers: [
        {
          ...input.providers?.[0],
          baseUrl: 'http://[::1]:8000/v1',
          models: [{ name: 'small' }, { name: 'large', upstreamModel: 'meta/large@2' }],
          headers: { 'x-team': 'search' },
        },
      ],
    });
  });

  it('gives back a copy that cannot be changed and has no members by nature', () => {
    const input = { providers: [{ name: 'a', kind: 'openai', headers: { x: 'y' } }], aliases: { fast: 'b' } };
    const options = validateGatewayOptions(input);
    input.providers.push({ name: 'late', kind: 'openai', headers: { x: 'z' } });
    expect(options.providers).toHaveLength(1);
    for (const part of [
      options,
      options.providers,
      options.providers?.[0],
      options.providers?.[0]?.headers,
      options.aliases,
    ]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    expect(options.aliases?.['toString']).toBeUndefined();
    expect(options.providers?.[0]?.headers?.['constructor']).toBeUndefined();
  });

  it('leaves out settings of undefined, so that they never stand before a default', () => {
    const options = validateGatewayOptions({ auth: undefined, limits: { jsonDepth: undefined }, providers: undefined });
    expect(Object.keys(options)).toEqual(['limits']);
    expect(Object.keys(options.limits ?? {})).toEqual([]);
  });

  it('takes a section without anything under it as left out', () => {
    expect(
      validateGatewayOptions({ providers: null, aliases: null, keys: null, streaming: null, limits: null }),
    ).toEqual({});
  });

  it('reports every problem at once, with the name of its provider', () => {
    const input = {
      providers: [
        { name: 'groq', kind: 'groq', baseURL: 'https://x.example' },
        { kind: 'openai', weight: 0, maxRetries: 11, timeout: 1.5 },
        { name: 'own', models: [] },
      ],
      auth: 'disable',
      limit: {},
    };
    expect(problemsOf(input).sort()).toEqual(
      [
        'limit is not a setting: did you mean limits?',
        'auth is not one of the allowed values: write required or disabled (did you mean disabled?)',
        'providers[0].baseURL (provider "groq") is not a setting: did you mean baseUrl?',
        'providers[1].name is missing: add it, such as name: openai',
        'providers[1].weight is 0, too small: write 1 or more, such as weight: 1',
        'providers[1].maxRetries is 11, too large: write 10 or less, such as maxRetries: 2',
        'providers[1].timeout is not a whole number: write a whole number without quotes, such as timeout: 30000',
        'providers[2].kind (provider "own") is missing: add it, such as kind: openai',
        'providers[2].models (provider "own") is an empty list: name at least one, or take it out, such as models: [gpt-4o, gpt-4o-mini]',
      ].sort(),
    );
  });

  it('says all of it in one message', () => {
    expect(() => validateGatewayOptions({ a: 1, b: 2 })).toThrow(
      /^The configuration has 2 problems:\n- a is .*\n- b is /,
    );
    expect(() => validateGatewayOptions({ a: 1 })).toThrow(
      /^a is not a setting: take it out, or use one of: providers, /,
    );
  });

  it('tells the line: of the setting, or of what a missing one belongs to; in the order of lines', () => {
    const lines = new Map([
      ['["providers",0]', 3],
      ['["providers",0,"weight"]', 7],
      ['["auth"]', 1],
    ]);
    const source = { file: 'nestgate.yaml', locate: (path: unknown) => lines.get(JSON.stringify(path)) };
    const problems = problemsOf({ providers: [{ kind: 'openai', weight: -1 }], auth: 'no' }, source);
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'nestgate.yaml:1',
      'nestgate.yaml:3',
      'nestgate.yaml:7',
    ]);
  });

  it.each<[string, unknown, string]>([
    ['a list of settings', [], 'the configuration is not a map of settings'],
    ['text', 'providers', 'the configuration is not a map of settings'],
    ['a map in place of a list', { providers: { openai: {} } }, 'providers is not a list'],
    ['text in place of a provider', { providers: ['openai'] }, 'providers[0] is not a map of settings'],
    ['a list in place of a provider', { providers: [[provider()]] }, 'providers[0] is not a map of settings'],
    [
      'a hole in a list',
      { providers: Object.assign([provider()], { 2: provider({ name: 'b' }) }) },
      'providers[1] is not a map of settings',
    ],
    ['a number in place of a name', withProvider({ name: 4 }), 'providers[0].name is not text'],
    ['a value left empty', withProvider({ apiKey: null }), 'providers[0].apiKey (provider "groq") has no value'],
    [
      'text in place of a number',
      withProvider({ timeout: '30s' }),
      'providers[0].timeout (provider "groq") is not a number',
    ],
    ['not a number', withProvider({ timeout: Number.NaN }), 'providers[0].timeout (provider "groq") is not a number'],
    ['endless', withProvider({ timeout: Infinity }), 'providers[0].timeout (provider "groq") is not a number'],
    [
      'more than a timer takes',
      withProvider({ timeout: 2 ** 31 }),
      'providers[0].timeout (provider "groq") is 2147483648, too large',
    ],
    ['text in place of models', withProvider({ models: 'gpt' }), 'providers[0].models (provider "groq") is not a list'],
    ['a nameless model', withProvider({ models: [{}] }), 'providers[0].models[0].name (provider "groq") is missing'],
    [
      'a number as a model',
      withProvider({ models: [4] }),
      'providers[0].models[0] (provider "groq") is not a map of settings',
    ],
    [
      'a number as a header',
      withProvider({ headers: { 'x-a': 1 } }),
      'providers[0].headers.x-a (provider "groq") is not text',
    ],
    [
      'a list of headers',
      withProvider({ headers: ['x'] }),
      'providers[0].headers (provider "groq") is not a map of names to values',
    ],
    ['a number as an alias', { aliases: { fast: 4 } }, 'aliases.fast is not text'],
    [
      'a number among the models of a key',
      { keys: [{ name: 'k', secret: SECRET, models: [1] }] },
      'keys[0].models[0] (key "k") is not text',
    ],
    ['a list as a section', { limits: [1] }, 'limits is not a map of settings'],
    ['a name with a space', withProvider({ name: 'my groq' }), 'providers[0].name is not a usable name'],
    ['a name of JavaScript', withProvider({ name: 'constructor' }), 'providers[0].name is not a usable name'],
    ['an empty key', withProvider({ apiKey: '' }), 'providers[0].apiKey (provider "groq") is empty'],
    [
      'a key with a line break',
      withProvider({ apiKey: 'abc\n' }),
      'providers[0].apiKey (provider "groq") holds characters that no key has',
    ],
    ['a short secret', { keys: [{ name: 'k', secret: 'short' }] }, 'keys[0].secret (key "k") is too short'],
    ['a long secret', { keys: [{ name: 'k', secret: 'x'.repeat(513) }] }, 'keys[0].secret (key "k") is too long'],
    [
      'a modality that nobody knows',
      withProvider({ models: [{ name: 'm', facts: { inputModalities: ['text', 'picture'] } }] }),
      'providers[0].models[0].facts.inputModalities (provider "groq") is not one of the allowed values',
    ],
    [
      'a fact that nobody knows',
      withProvider({ models: [{ name: 'm', facts: { contextwindow: 8 } }] }),
      'providers[0].models[0].facts.contextwindow (provider "groq") is not a setting: did you mean contextWindow?',
    ],
    [
      'text in place of a fact',
      withProvider({ models: [{ name: 'm', facts: { tools: 'yes' } }] }),
      'providers[0].models[0].facts.tools (provider "groq") is not true or false',
    ],
    [
      'a window of nothing',
      withProvider({ models: [{ name: 'm', facts: { contextWindow: 0 } }] }),
      'providers[0].models[0].facts.contextWindow (provider "groq") is 0, too small',
    ],
    [
      'a model of a blank name',
      withProvider({ models: [' '] }),
      'providers[0].models[0].name (provider "groq") is not a usable name of a model',
    ],
  ])('refuses %s', (_, input, expected) => {
    const problems = problemsOf(input);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.slice(0, expected.length)).toBe(expected);
  });

  it.each([
    ['https://user@api.example.com/v1', 'holds a user name or a password'],
    ['https://user:pass@api.example.com', 'holds a user name or a password'],
    ['https://@api.example.com', 'holds a user name or a password'],
    ['https://api.example.com/v1?key=1', 'holds a query or a fragment'],
    ['https://api.example.com/v1?', 'holds a query or a fragment'],
    ['https://api.example.com#x', 'holds a query or a fragment'],
    ['ftp://api.example.com', 'is not an http(s) URL'],
    ['https:api.example.com', 'is not an http(s) URL'],
    ['//api.example.com', 'is not an http(s) URL'],
    ['api.example.com/v1', 'is not an http(s) URL'],
    [' https://api.example.com', 'is not an http(s) URL'],
    ['https://api.example.com/a b', 'is not an http(s) URL'],
    ['https://api.example.com\\v1', 'is not an http(s) URL'],
    ['https://api.exam\nple.com', 'is not an http(s) URL'],
    ['https://host:99999/', 'is not an http(s) URL'],
    ['', 'is not an http(s) URL'],
  ])('refuses the base URL %j', (baseUrl, expected) => {
    const problems = problemsOf(withProvider({ baseUrl }));
    expect(problems).toEqual([expect.stringContaining(expected)]);
    expect(problems[0]).not.toContain('api.exam\n');
    expect(problems[0]).not.toContain('pass@');
  });

  it.each([
    'http://localhost',
    'http://localhost:8000/v1',
    'HTTPS://api.example.com',
    'http://my_host:1/a@b',
    'http://[::1]:80/',
  ])('accepts the base URL %j', (baseUrl) => expect(problemsOf(withProvider({ baseUrl }))).toEqual([]));

  it('refuses names that JavaScript keeps for itself, wherever names are chosen', () => {
    const input = JSON.parse(
      '{"__proto__": {"auth": "disabled"}, "constructor": 1, "aliases": {"__proto__": "a", "toString": "b"},' +
        '"providers": [{"name": "a", "kind": "openai", "headers": {"__proto__": "x"}, "models": ["hasOwnProperty"]}]}',
    ) as unknown;
    expect(
      problemsOf(input)
        .map((problem) => problem.split(/ is| \(/)[0] ?? '')
        .sort(),
    ).toEqual([
      '__proto__',
      'aliases.__proto__',
      'aliases.toString',
      'constructor',
      'providers[0].headers.__proto__',
      'providers[0].models[0].name',
    ]);
  });

  it('never repeats a value of a secret setting, nor any other text', () => {
    const wrong = [
      { apiKey: `${SECRET} ` },
      { apiKey: [SECRET] },
      { apiKey: { value: SECRET } },
      { baseUrl: `https://x:${SECRET}@host/` },
      { baseUrl: SECRET },
      { name: `${SECRET} ` },
      { kind: [SECRET] },
      { timeout: SECRET },
      { headers: { authorization: `Bearer ${SECRET}\n` } },
      { headers: SECRET },
      { headers: [SECRET] },
    ].map((more) => withProvider(more));
    const others = [
      { keys: [{ name: 'a', secret: `${SECRET} x` }] },
      {
        keys: [
          { name: 'a', secret: SECRET },
          { name: 'b', secret: SECRET },
        ],
      },
      { keys: [{ name: 'a', secret: [SECRET] }] },
      { keys: [{ name: 'a', secret: SECRET, unknown: SECRET }] },
      { auth: SECRET },
    ];
    for (const input of [...wrong, ...others]) {
      const problems = problemsOf(input).join('\n');
      expect(problems).not.toBe('');
      expect(problems).not.toContain(SECRET.slice(0, 10));
    }
  });

  it('never crashes: whatever it gets, it accepts it or throws a ConfigurationError', () => {
    const junk = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    const setting = fc.oneof(junk, fc.constantFrom('openai', 'groq', SECRET, 'a', 'b', 1, 0, 'required', 'disabled'));
    const some = (names: string[], value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
      fc.dictionary(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...names) }, fc.string()), value, { maxKeys: 5 });
    const model = fc.oneof(setting, some(['name', 'upstreamModel'], setting));
    const oneProvider = some(['name', 'kind', 'apiKey', 'baseUrl', 'weight', 'headers'], setting);
    const withModels = fc
      .tuple(oneProvider, fc.array(model))
      .map(([one, models]) => ({ ...Object(one), models }) as unknown);
    const key = some(['name', 'secret', 'models'], fc.oneof(setting, fc.array(setting)));
    const input = fc.record(
      {
        providers: fc.oneof(setting, fc.array(fc.oneof(junk, oneProvider, withModels))),
        keys: fc.oneof(setting, fc.array(key)),
        aliases: fc.oneof(setting, some(['a', 'b', '__proto__'], setting)),
        auth: setting,
        streaming: fc.oneof(setting, some(['openAfter'], setting)),
        limits: fc.oneof(setting, some(['jsonDepth'], setting)),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(junk, input), (value) => {
        problemsOf(value);
      }),
      { numRuns: 500 },
    );
  });

  it('is not led astray by cycles, proxies and getters that throw', () => {
    const cyclic: Record<string, unknown> = { name: 'a', kind: 'openai' };
    cyclic['models'] = [cyclic];
    cyclic['headers'] = cyclic;
    expect(problemsOf({ providers: [cyclic] })).not.toEqual([]);
    const thrower = {
      get providers(): never {
        throw new Error(SECRET);
      },
    };
    expect(problemsOf(thrower)).toEqual([expect.stringMatching(/^the configuration cannot be read/)]);
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(problemsOf(proxy)).toEqual([expect.stringMatching(/^the configuration cannot be read/)]);
  });

  it('gives back the same when it is given its own result', () => {
    const once = validateGatewayOptions({
      ...withProvider({ models: ['m'], headers: { a: 'b' } }),
      aliases: { f: 'm' },
    });
    expect(validateGatewayOptions(once)).toEqual(once);
  });
});
