import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../errors/configuration-error.js';
import { OPENAI_PRESETS } from '../../providers/openai/openai.presets.js';
import { environmentProviders } from './environment-providers.js';
import { loadServerConfiguration, type ServerConfiguration } from './server-configuration.js';

const SECRET = 'sk-do-not-tell-anybody';
const MASTER_KEY = Buffer.alloc(32, 7).toString('base64');
const ADMIN_TOKEN = 'q8Xv2LmP7rTz4WnB6yKd';

/** Of any characters, lone surrogates and control characters among them. */
const anyText = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) });

describe('loadServerConfiguration', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'nestgate-server-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const write = (text: string, name = 'nestgate.yaml'): void => writeFileSync(join(directory, name), text);
  const load = (environment: Record<string, string> = {}): ServerConfiguration =>
    loadServerConfiguration(environment, directory);
  const messageOf = (environment: Record<string, string> = {}): string => {
    try {
      load(environment);
      return '';
    } catch (error) {
      if (error instanceof ConfigurationError) return error.message;
      throw error;
    }
  };

  it('needs nothing: the simulator serves', () => {
    expect(load()).toEqual({
      gateway: { providers: [{ name: 'simulator', kind: 'simulator' }] },
      port: 8080,
      host: '0.0.0.0',
      adminPort: 8081,
      adminHost: '127.0.0.1',
      dataDirectory: join(directory, 'data'),
      logLevel: 'info',
      workers: 1,
      origins: [{ provider: 'simulator', kind: 'simulator', origin: 'built in' }],
    });
  });

  it('takes empty text for not set where nothing depends on it', () => {
    const names = [
      'PORT',
      'HOST',
      'ADMIN_PORT',
      'ADMIN_HOST',
      'LOG_LEVEL',
      'NESTGATE_WORKERS',
      'NESTGATE_DATA_DIR',
      'NESTGATE_CONFIG',
      'OPENAI_API_KEY',
      'GROQ_API_KEY',
    ];
    expect(load(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(load());
  });

  it('reads the environment', () => {
    const databaseUrl = 'postgresql://me:p%40ss@db.example.com:5432/nestgate?sslmode=require';
    const settings = load({
      PORT: '0',
      HOST: '::1',
      ADMIN_PORT: '9000',
      ADMIN_HOST: '0.0.0.0',
      NESTGATE_ADMIN_TOKEN: ADMIN_TOKEN,
      DATABASE_URL: databaseUrl,
      NESTGATE_DATA_DIR: 'somewhere/else',
      NESTGATE_MASTER_KEY: MASTER_KEY,
      LOG_LEVEL: 'DEBUG',
      NESTGATE_WORKERS: '3',
    });
    expect(settings).toMatchObject({
      port: 0,
      host: '::1',
      adminPort: 9000,
      adminHost: '0.0.0.0',
      adminToken: ADMIN_TOKEN,
      databaseUrl,
      dataDirectory: join(directory, 'somewhere/else'),
      masterKey: MASTER_KEY,
      logLevel: 'debug',
      workers: 3,
    });
  });

  it('takes as many workers as there are cores where that is asked for', () => {
    expect(load({ NESTGATE_WORKERS: 'auto' }).workers).toBe(availableParallelism());
  });

  it('reads from OpenTelemetry’s variables where traces go', () => {
    const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://collector:4318/';
    const url = 'http://collector:4318/v1/traces';
    expect(load().traces).toBeUndefined();
    expect(load({ OTEL_EXPORTER_OTLP_ENDPOINT }).traces).toEqual({ url, serviceName: 'nestgate' });
    expect(
      load({
        OTEL_EXPORTER_OTLP_ENDPOINT,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://elsewhere/here',
        OTEL_SERVICE_NAME: 'ours',
      }).traces,
    ).toEqual({ url: 'https://elsewhere/here', serviceName: 'ours' });
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', 'OTEL_EXPORTER_OTLP_ENDPOINT is not a URL'],
    [
      'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
      'http://me:pass@collector',
      'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is not a URL',
    ],
    ['PORT', '80a', 'PORT is not a port: set it to a number from 0 to 65535; 0 takes any free one'],
    ['PORT', '65536', 'PORT is not a port'],
    ['PORT', '-1', 'PORT is not a port'],
    ['ADMIN_PORT', 'x', 'ADMIN_PORT is not a port'],
    ['ADMIN_PORT', '8080', 'ADMIN_PORT is the port of the clients too'],
    ['NESTGATE_WORKERS', '0', 'NESTGATE_WORKERS is no number of processes: set it to 1 to 128, or auto'],
    ['NESTGATE_WORKERS', '1.5', 'NESTGATE_WORKERS is no number of processes'],
    ['NESTGATE_WORKERS', 'all', 'NESTGATE_WORKERS is no number of processes'],
    ['ADMIN_HOST', 'http://x', 'ADMIN_HOST is neither an address nor a host name'],
    ['NESTGATE_ADMIN_TOKEN', '', 'NESTGATE_ADMIN_TOKEN is empty'],
    ['NESTGATE_ADMIN_TOKEN', 'sk-1234', 'NESTGATE_ADMIN_TOKEN is shorter than 16 characters'],
    ['NESTGATE_ADMIN_TOKEN', `changeme-${SECRET}`.slice(0, 16), 'NESTGATE_ADMIN_TOKEN is easily guessed'],
    ['HOST', 'http://x', 'HOST is neither an address nor a host name'],
    [
      'LOG_LEVEL',
      'infos',
      'LOG_LEVEL is not a level: set it to one of: fatal, error, warn, info, debug, trace (did you mean info?)',
    ],
    ['DATABASE_URL', '', 'DATABASE_URL is not a URL of a Postgres database'],
    ['DATABASE_URL', `mysql://x:${SECRET}@y/z`, 'DATABASE_URL is not a URL of a Postgres database'],
    ['DATABASE_URL', `postgres://x:${SECRET}@host:port/z`, 'DATABASE_URL is not a URL of a Postgres database'],
    ['NESTGATE_MASTER_KEY', '', 'NESTGATE_MASTER_KEY is not a key of 32 bytes'],
    ['NESTGATE_MASTER_KEY', SECRET, 'NESTGATE_MASTER_KEY is not a key of 32 bytes'],
    ['NESTGATE_MASTER_KEY_NEXT', SECRET, 'NESTGATE_MASTER_KEY_NEXT is not a key of 32 bytes'],
    ['NESTGATE_API_KEY', '', 'NESTGATE_API_KEY is too short: use 16 characters or more'],
    ['NESTGATE_API_KEY', 'fifteen-letters', 'NESTGATE_API_KEY is too short: use 16 characters or more'],
    ['NESTGATE_API_KEY', `${SECRET}\n`, 'NESTGATE_API_KEY holds characters that no key has'],
    ['OPENAI_API_KEY', `${SECRET}\n`, 'OPENAI_API_KEY holds characters that no key has'],
    ['REDIS_URL', '', 'REDIS_URL is not a URL of a Redis: set it to redis://user:password@host:6379'],
    ['REDIS_URL', `http://x:${SECRET}@y/z`, 'REDIS_URL is not a URL of a Redis'],
    ['NESTGATE_CONFIG', 'missing.yaml', 'missing.yaml: the file cannot be read (ENOENT)'],
  ])('refuses %s=%j', (name, value, message) => {
    expect(messageOf({ [name]: value }).slice(0, message.length)).toBe(message);
    expect(messageOf({ [name]: value })).not.toContain(SECRET);
  });

  it('takes any free port for the administration where it does so for clients', () => {
    expect(load({ PORT: '0' }).adminPort).toBe(0);
    expect(load({ PORT: '0', ADMIN_PORT: '8081' }).adminPort).toBe(8081);
  });

  it('lets no client key administer', () => {
    write(`keys: [{ name: web, secret: ${ADMIN_TOKEN} }]`);
    const message = messageOf({ NESTGATE_ADMIN_TOKEN: ADMIN_TOKEN });
    expect(message).toContain('NESTGATE_ADMIN_TOKEN is the secret of a client key too');
    expect(message).not.toContain(ADMIN_TOKEN);
  });

  it('takes the Redis of the file, or else that of the environment', () => {
    const REDIS_URL = 'rediss://me:p%40ss@redis.example.com:6380/2';
    expect(load({ REDIS_URL }).gateway.redis).toEqual({ url: REDIS_URL });
    write('redis:\n  url: redis://other\n  prefix: mine\n');
    expect(load({ REDIS_URL }).gateway.redis).toEqual({ url: 'redis://other', prefix: 'mine' });
  });

  it('reports what is wrong with file and environment together', () => {
    write('providers:\n  - name: a\n    kind: openai\n    apiKey: ${MISSING}\n    timeout: 1s\naut: disabled\n');
    expect(messageOf({ PORT: 'x', ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: 'localhost' })).toBe(
      [
        'The configuration has 5 problems:',
        '- nestgate.yaml:4: providers[0].apiKey (provider "a") needs the environment variable MISSING, which is not set: set MISSING, or give it a default: ${MISSING:-default}',
        '- nestgate.yaml:5: providers[0].timeout (provider "a") is not a number: write a whole number without quotes, such as timeout: 30000',
        '- nestgate.yaml:6: aut is not a setting: did you mean auth?',
        '- ANTHROPIC_BASE_URL is not an http(s) URL: put credentials into apiKey or headers, and write only http:// or https://, the host, and a path if there is one',
        '- PORT is not a port: set it to a number from 0 to 65535; 0 takes any free one',
      ].join('\n'),
    );
  });

  it('says one thing about a setting whose variable is not set', () => {
    write('providers:\n  - name: a\n    kind: vllm\n    baseUrl: ${MISSING}\n    timeout: ${MISSING}\n');
    expect(messageOf().match(/^- /gm)).toHaveLength(2);
  });

  describe('the file', () => {
    it('is nestgate.yaml in the working directory, or the one that NESTGATE_CONFIG names', () => {
      write('auth: disabled');
      mkdirSync(join(directory, 'etc'));
      write('auth: required', 'etc/other.yaml');
      expect(load()).toMatchObject({ gateway: { auth: 'disabled' }, configFile: 'nestgate.yaml' });
      expect(load({ NESTGATE_CONFIG: 'etc/other.yaml' })).toMatchObject({
        gateway: { auth: 'required' },
        configFile: join('etc', 'other.yaml'),
      });
      const elsewhere = loadServerConfiguration({ NESTGATE_CONFIG: join(directory, 'etc/other.yaml') }, tmpdir());
      expect(elsewhere.gateway.auth).toBe('required');
    });

    it('may be empty', () => {
      write('');
      expect(load()).toMatchObject({ gateway: { providers: [{ kind: 'simulator' }] }, configFile: 'nestgate.yaml' });
    });

    it('is not missed when it has the other usual ending', () => {
      write('auth: disabled', 'nestgate.yml');
      expect(messageOf()).toBe(
        'nestgate.yml: the file would not be read: rename it to nestgate.yaml, or set NESTGATE_CONFIG=nestgate.yml',
      );
      expect(load({ NESTGATE_CONFIG: 'nestgate.yml' }).gateway.auth).toBe('disabled');
    });

    it('keeps everybody else out where everybody is let in, unless HOST says otherwise', () => {
      write('auth: disabled');
      expect(load().host).toBe('127.0.0.1');
      expect(load({ HOST: '0.0.0.0' }).host).toBe('0.0.0.0');
    });

    it.each(['- a', 'text', 'providers: {openai: {}}', 'keys: text', '[]', '4'])('may not be %j', (text) => {
      write(text);
      expect(messageOf({ OPENAI_API_KEY: 'k', NESTGATE_API_KEY: SECRET })).toMatch(/^nestgate\.yaml:1: /);
    });
  });

  describe('providers of the environment', () => {
    it('come behind those of the file', () => {
      write('providers:\n  - name: own\n    kind: vllm\n    baseUrl: http://localhost/\n');
      const { gateway, origins } = load({
        OPENAI_API_KEY: 'k1',
        OPENAI_BASE_URL: 'https://eu.api.openai.com/v1/',
        GROQ_API_KEY: 'k2',
        ANTHROPIC_BASE_URL: 'https://unused.example',
      });
      expect(gateway.providers).toEqual([
        { name: 'own', kind: 'vllm', baseUrl: 'http://localhost' },
        { name: 'openai', kind: 'openai', apiKey: 'k1', baseUrl: 'https://eu.api.openai.com/v1' },
        { name: 'groq', kind: 'groq', apiKey: 'k2' },
      ]);
      expect(origins).toEqual([
        { provider: 'own', kind: 'vllm', origin: 'nestgate.yaml:2' },
        { provider: 'openai', kind: 'openai', origin: 'OPENAI_API_KEY' },
        { provider: 'groq', kind: 'groq', origin: 'GROQ_API_KEY' },
      ]);
    });

    it('stay out where the file has that kind, or that name', () => {
      write('providers:\n  - {name: work, kind: openai}\n  - {name: groq, kind: vllm, baseUrl: "http://localhost"}\n');
      const { gateway } = load({ OPENAI_API_KEY: 'k1', GROQ_API_KEY: 'k2' });
      expect(gateway.providers?.map(({ name }) => name)).toEqual(['work', 'groq']);
    });

    it('are found for every preset that has a variable, once', () => {
      const variables = Object.entries(OPENAI_PRESETS).flatMap(([kind, preset]) =>
        'apiKeyVariable' in preset ? [[kind, preset.apiKeyVariable] as const] : [],
      );
      for (const [kind, variable] of variables) {
        expect(environmentProviders({ [variable]: 'k' }).map(({ options }) => options)).toEqual([
          { name: kind, kind, apiKey: 'k' },
        ]);
      }
      expect(environmentProviders({ ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: 'u' })[0]?.options).toEqual({
        name: 'anthropic',
        kind: 'anthropic',
        apiKey: 'k',
        baseUrl: 'u',
      });
    });
  });

  describe('Azure in the environment', () => {
    const variables = { AZURE_OPENAI_API_KEY: 'k', AZURE_OPENAI_ENDPOINT: 'https://mine.openai.azure.com/' };

    it('is a provider where key and endpoint are there', () => {
      const { gateway } = load({ ...variables, OPENAI_API_VERSION: '2024-10-21' });
      expect(gateway.providers).toEqual([
        {
          name: 'azure-openai',
          kind: 'azure-openai',
          apiKey: 'k',
          baseUrl: 'https://mine.openai.azure.com',
          apiVersion: '2024-10-21',
        },
      ]);
      expect(load({ ...variables, OPENAI_API_VERSION: '' }).gateway.providers?.[0]).not.toHaveProperty('apiVersion');
    });

    it.each(Object.keys(variables))('is none without %s', (name) => {
      const { gateway } = load({ ...variables, [name]: '', OPENAI_API_VERSION: '2024-10-21' });
      expect(gateway.providers).toEqual([{ name: 'simulator', kind: 'simulator' }]);
    });
  });

  describe('Google in the environment', () => {
    it.each([
      ['a key', { GEMINI_API_KEY: 'k' }, { name: 'gemini', kind: 'gemini', apiKey: 'k' }],
      ['its other name', { GOOGLE_API_KEY: 'k', GEMINI_API_KEY: '' }, { name: 'gemini', kind: 'gemini', apiKey: 'k' }],
      ['both', { GOOGLE_API_KEY: 'other', GEMINI_API_KEY: 'k' }, { name: 'gemini', kind: 'gemini', apiKey: 'k' }],
      [
        'a project and a location',
        { GOOGLE_CLOUD_PROJECT: 'p', GOOGLE_CLOUD_LOCATION: 'europe-west4' },
        { name: 'vertex', kind: 'vertex', project: 'p', region: 'europe-west4' },
      ],
    ])('is a provider with %s', (_name, variables: Record<string, string>, provider) => {
      expect(environmentProviders(variables).map(({ options }) => options)).toEqual([provider]);
      expect(load(variables).gateway.providers).toEqual([provider]);
    });

    it('is none with a project alone, which many machines have', () => {
      expect(environmentProviders({ GOOGLE_CLOUD_PROJECT: 'p' })).toEqual([]);
    });
  });

  describe('Bedrock in the environment', () => {
    const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };
    const provider = { name: 'bedrock', kind: 'bedrock', region: 'eu-central-1' };
    const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };

    it.each([
      ['a key of its own', { AWS_REGION: 'eu-central-1', AWS_BEARER_TOKEN_BEDROCK: 'k', ...KEYS }, { apiKey: 'k' }],
      ['access keys', { AWS_REGION: 'eu-central-1', AWS_DEFAULT_REGION: 'us-east-1', ...KEYS }, keys],
      [
        'access keys that end',
        { AWS_DEFAULT_REGION: 'eu-central-1', AWS_SESSION_TOKEN: 't', ...KEYS },
        { ...keys, sessionToken: 't' },
      ],
    ])('is a provider where a region is, and %s', (_name, variables, settings) => {
      expect(environmentProviders(variables).map(({ options }) => options)).toEqual([{ ...provider, ...settings }]);
      expect(load(variables).gateway.providers).toEqual([{ ...provider, ...settings }]);
    });

    it.each([
      ['without a region', { AWS_BEARER_TOKEN_BEDROCK: 'k', ...KEYS }],
      ['with a region alone', { AWS_REGION: 'eu-central-1', AWS_PROFILE: 'work' }],
      ['with half of the keys', { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE' }],
    ])('is none %s', (_name, variables) => {
      expect(environmentProviders(variables)).toEqual([]);
    });
  });

  describe('NESTGATE_API_KEY', () => {
    it('adds a key', () => {
      write('keys:\n  - {name: team, secret: 0123456789-abcdef}\n');
      expect(load({ NESTGATE_API_KEY: SECRET }).gateway.keys).toEqual([
        { name: 'team', secret: '0123456789-abcdef' },
        { name: 'default', secret: SECRET },
      ]);
    });

    it('must not be a key of the file once more, nor stand beside auth: disabled', () => {
      write(`keys:\n  - {name: team, secret: ${SECRET}}\n`);
      expect(messageOf({ NESTGATE_API_KEY: SECRET })).toBe(
        'NESTGATE_API_KEY is the secret of keys[0] ("team") too: give each key a secret of its own',
      );
      write('auth: disabled');
      expect(messageOf({ NESTGATE_API_KEY: SECRET })).toMatch(/^NESTGATE_API_KEY would protect nothing/);
    });
  });

  it('never crashes, whatever the environment and the file hold', () => {
    const names = [
      'PORT',
      'HOST',
      'ADMIN_PORT',
      'ADMIN_HOST',
      'LOG_LEVEL',
      'DATABASE_URL',
      'NESTGATE_MASTER_KEY',
      'NESTGATE_API_KEY',
      'OPENAI_BASE_URL',
      'A',
    ];
    const environment = fc.dictionary(fc.constantFrom(...names, 'OPENAI_API_KEY'), anyText);
    const file = fc.constantFrom(
      '',
      'auth: ${A}',
      'providers: [{name: "${A}", kind: "${A}", baseUrl: "${A}", timeout: "${A}"}]',
    );
    fc.assert(
      fc.property(environment, file, (variables, text) => {
        write(text);
        messageOf(variables);
      }),
    );
  });

  it('accepts the example, which shows every setting', () => {
    const example = readFileSync(resolve(import.meta.dirname, '../../../nestgate.example.yaml'), 'utf8');
    write(example);
    const variables = [...example.matchAll(/^(?!#).*?: \$\{([A-Z_]+)\}/gm)].map(([, name]) => name);
    expect(variables.length).toBeGreaterThan(3);
    const { gateway } = load(Object.fromEntries(variables.map((name) => [name, `value-of-${name}`])));
    expect(gateway.providers?.map(({ name }) => name)).toEqual(['openai', 'anthropic', 'groq', 'own-gpu']);
    expect(gateway.providers?.[3]).toMatchObject({
      baseUrl: 'http://localhost:8000/v1',
      models: [{ name: 'llama-3.3-70b' }],
    });
  });
});
