import { describe, expect, it } from 'vitest';
import { checkConsistency, type ReadOptions } from './consistency.js';
import { formatPath } from './setting-path.js';

const SECRET = '0123456789abcdef';

const problemsOf = (options: ReadOptions): string[] =>
  checkConsistency(options).map(({ path, problem, remedy }) => `${formatPath(path)} ${problem}: ${remedy}`);

const closed = { name: 'own', kind: 'vllm', models: [{ name: 'small' }, { name: 'large' }] };
const open = { name: 'openai', kind: 'openai' };

describe('checkConsistency', () => {
  it('finds names given twice', () => {
    expect(
      problemsOf({
        providers: [open, { ...open, models: [{ name: 'a' }, { name: 'a' }] }],
        keys: [
          { name: 'team', secret: `${SECRET}1` },
          { name: 'team', secret: `${SECRET}2` },
        ],
      }),
    ).toEqual([
      'providers[1].name is taken: another provider is called "openai" already: rename one of them',
      'providers[1].models[1].name is taken: another model of this provider is called "a" already: rename one of them',
      'keys[1].name is taken: another key is called "team" already: rename one of them',
    ]);
  });

  it('lets several providers serve the same model', () => {
    expect(problemsOf({ providers: [closed, { ...closed, name: 'other' }] })).toEqual([]);
  });

  it('finds a key beside a list of keys', () => {
    expect(problemsOf({ providers: [{ ...open, apiKey: 'a', apiKeys: ['b'] }] })).toEqual([
      'providers[0].apiKeys stands beside apiKey: put all keys into apiKeys',
    ]);
  });

  it('finds a cache that cannot be', () => {
    const keys = [{ name: 'team', secret: SECRET, cache: { ttl: 1_000 } }];
    expect(problemsOf({ keys })).toEqual([
      'keys[0].cache has no effect, because the gateway has no cache: add the setting cache, with enabled: false if this key alone shall have one',
    ]);
    expect(problemsOf({ keys, cache: {} })).toEqual([]);
    expect(problemsOf({ cache: { store: 'redis' } })).toEqual([
      'cache.store is redis, and there is none: add the setting redis, or set REDIS_URL for the server',
    ]);
    expect(problemsOf({ cache: { store: 'redis' }, redis: { url: 'redis://r' } })).toEqual([]);
    expect(problemsOf({ cache: { maxEntryBytes: 2_000_000, maxBytes: 1_000_000 } })).toEqual([
      'cache.maxEntryBytes is more than cache.maxBytes: make it smaller, or maxBytes larger',
    ]);
  });

  it('finds an audit without its file, and a file without its sink', () => {
    expect(problemsOf({ audit: { sink: 'file' } })).toEqual([
      'audit.file is missing, and the sink is a file: add it, such as file: /var/log/nestgate/audit.jsonl',
    ]);
    expect(problemsOf({ audit: { sink: 'database', file: 'audit.jsonl' } })).toEqual([
      'audit.file has no effect: set sink: file, or take it out',
    ]);
    expect(problemsOf({ audit: { sink: 'file', file: 'audit.jsonl' } })).toEqual([]);
  });

  it('finds a secret given twice, and does not tell it', () => {
    const keys = ['a', 'b'].map((name) => ({ name, secret: SECRET }));
    expect(problemsOf({ keys })).toEqual([
      'keys[1].secret is the secret of keys[0] ("a") too: give each key a secret of its own',
    ]);
  });

  it('finds keys that would protect nothing', () => {
    expect(problemsOf({ auth: 'disabled', keys: [{ name: 'a', secret: SECRET }] })).toEqual([
      'keys[0] would protect nothing, because auth is disabled: take the keys out, or set auth: required',
    ]);
    expect(problemsOf({ auth: 'disabled', keys: [] })).toEqual([]);
    expect(problemsOf({ auth: 'required', keys: [{ name: 'a', secret: SECRET }] })).toEqual([]);
  });

  describe('aliases', () => {
    const aliasing = (aliases: Record<string, string>, ...providers: object[]): string[] =>
      problemsOf({ providers, aliases });

    it('accepts a model, and a model at one provider', () => {
      expect(aliasing({ fast: 'small', exact: 'own/large' }, closed)).toEqual([]);
    });

    it('refuses a model that nobody has, unless some provider tells its models only when asked', () => {
      expect(aliasing({ fast: 'smal' }, closed)).toEqual([
        'aliases.fast names "smal", which no provider has among its models: did you mean "small"?',
      ]);
      expect(aliasing({ fast: 'something' }, closed)).toEqual([
        'aliases.fast names "something", which no provider has among its models: add the model to the models of a provider',
      ]);
      expect(aliasing({ fast: 'something' }, closed, open)).toEqual([]);
      expect(aliasing({ fast: 'simulator/echo' })).toEqual([]);
    });

    it('refuses the name of a model', () => {
      expect(aliasing({ small: 'large' }, closed, open)).toEqual([
        'aliases.small has the name of a model, which could not be asked for any more: rename the alias, or take it out',
      ]);
    });

    it('refuses an alias of an alias, and of itself', () => {
      expect(aliasing({ fast: 'small', faster: 'fast', self: 'self' }, closed)).toEqual([
        'aliases.faster names the alias "fast", and aliases are not followed twice: name the model itself: "small"',
        'aliases.self names the alias "self", and aliases are not followed twice: name the model itself',
      ]);
    });

    it('refuses names that cannot be asked for', () => {
      expect(aliasing({ '': 'small', ' fast': 'small', blank: '', 'li\nne': 'small' }, closed)).toEqual([
        expect.stringMatching(/^aliases\[""\] is not a usable name/),
        expect.stringMatching(/^aliases\[" fast"\] is not a usable name/),
        expect.stringMatching(/^aliases\.blank names no model/),
        expect.stringMatching(/^aliases\["li\\nne"\] is not a usable name/),
      ]);
    });
  });

  it('checks the models of a key against models, aliases and addresses', () => {
    const models = ['*', 'fast', 'small', 'own/small', 'smaller', ''];
    expect(
      problemsOf({ providers: [closed], aliases: { fast: 'small' }, keys: [{ name: 'a', secret: SECRET, models }] }),
    ).toEqual([
      'keys[0].models[4] names "smaller", which no provider has among its models: did you mean "small"?',
      expect.stringMatching(/^keys\[0\]\.models\[5\] names "", which no provider has/),
    ]);
  });

  it('refuses headers that change where a message ends or goes, and those that cannot be sent', () => {
    const headers = {
      'Content-Length': '1',
      HOST: 'elsewhere',
      'x a': 'b',
      'x-a': 'one\r\nx-injected: two',
      'x-b': 'ž',
      'X-C': 'a',
      'x-c': 'b',
      'x-d': 'tab\tand é',
    };
    expect(problemsOf({ providers: [{ ...open, headers }] })).toEqual([
      'providers[0].headers.Content-Length is a header that the gateway sets by itself: take it out',
      'providers[0].headers.HOST is a header that the gateway sets by itself: take it out',
      'providers[0].headers["x a"] is not the name of a header: use letters, digits and "-"',
      'providers[0].headers.x-a holds characters that no header may have: look for line breaks and letters beyond Latin-1',
      'providers[0].headers.x-b holds characters that no header may have: look for line breaks and letters beyond Latin-1',
      'providers[0].headers.x-c is taken: another header is called "x-c" already: rename one of them',
    ]);
  });

  it('checks prices: whose they are, when they hold, and that they say something', () => {
    const prices = [
      { provider: 'own', model: 'small', input: '1' },
      { provider: 'owm', input: 1 },
      { model: 'small', validFrom: '2026-02-01', validUntil: '2026-01-01', request: 0 },
      { model: 'small' },
      { model: 'small', like: 'openai/gpt-4o-mini' },
      { model: 'small', like: 'openai/gpt-99' },
      { model: 'small', like: 'openai/gpt-4o-mini', input: 1 },
    ];
    expect(problemsOf({ providers: [closed], prices })).toEqual([
      'prices[1].provider names "owm", which is no provider: did you mean "own"?',
      'prices[2].validUntil is not after validFrom, so that the price never holds: write the day from which on the price holds no longer',
      'prices[3] states no price: say what it costs, such as input and output, or request: 0',
      'prices[5].like names "openai/gpt-99", which the catalogue has no price of: write <kind of provider>/<model>, such as openai/gpt-4o-mini, or state the prices',
      'prices[6].like stands beside prices (input): write like alone, or all prices yourself',
    ]);
  });
});
