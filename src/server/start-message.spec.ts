import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../../test/support/gateway.js';
import { type ServerConfiguration } from './configuration/server-configuration.js';
import { laterMessage, startMessage } from './start-message.js';
import { type StartedServer } from './start-server.js';

const FIRST_KEY = 'sk-made-just-now';
const DATABASE_URL = 'postgres://user:password@db.example.com/nestgate';
const CONFIGURATION: ServerConfiguration = {
  gateway: { providers: [{ name: 'simulator', kind: 'simulator' }] },
  origins: [{ provider: 'simulator', kind: 'simulator', origin: 'built in' }],
  configFile: undefined,
  databaseUrl: undefined,
  dataDirectory: '/srv/nestgate/data',
  masterKey: undefined,
  host: '0.0.0.0',
  port: 8080,
  adminHost: '127.0.0.1',
  adminPort: 8081,
  adminToken: undefined,
  logLevel: 'info',
  workers: 1,
};

let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await startGateway();
});

afterAll(() => gateway.close());

function messageOf(configuration: Partial<ServerConfiguration> = {}, server: Partial<StartedServer> = {}): string {
  return startMessage(
    { ...CONFIGURATION, ...configuration },
    {
      application: gateway.app,
      url: 'http://0.0.0.0:8080',
      adminUrl: 'http://127.0.0.1:8081',
      firstKey: undefined,
      firstAdminToken: undefined,
      close: () => Promise.resolve(),
      firstModel: 'simulator/echo',
      ...server,
    },
  );
}

describe('startMessage', () => {
  it('leads a newcomer from the key to the first answer and the first real provider', () => {
    const message = messageOf({}, { firstKey: FIRST_KEY });
    expect(message).toContain('simulator (built in)');
    expect(message).toContain('embedded Postgres in /srv/nestgate/data');
    expect(message).toContain(`Your first key, shown this once:  ${FIRST_KEY}`);
    expect(message).toContain('curl http://localhost:8080/v1/chat/completions');
    expect(message).toContain(`-H "Authorization: Bearer ${FIRST_KEY}"`);
    expect(message).toContain('"model": "simulator/echo"');
    expect(message).toContain('OPENAI_API_KEY=sk-... npm start');
  });

  it('shows the administrator’s token that was made just now', () => {
    const message = messageOf({}, { firstAdminToken: 'nestgate-admin_made-just-now' });
    expect(message).toContain('Your admin token, shown this once:  nestgate-admin_made-just-now');
  });

  it('tells no token of the environment', () => {
    expect(messageOf({ adminToken: 'q8Xv2LmP7rTz4WnB' })).not.toContain('q8Xv2LmP7rTz4WnB');
  });

  it('shows no key that is not new', () => {
    const message = messageOf();
    expect(message).toContain('administration http://localhost:8081');
    expect(message).not.toContain('shown this once');
    expect(message).toContain('Bearer $YOUR_KEY');
    expect(message).toContain('keys           those in the database');
  });

  it('counts the configured keys and tells none', () => {
    const keys = [{ name: 'team', secret: 'sk-0123456789abcdef' }];
    const message = messageOf({ gateway: { keys } });
    expect(message).toContain('1 configured, and those in the database');
    expect(message).not.toContain('sk-0123456789abcdef');
  });

  it('asks for no key where none is needed', () => {
    const message = messageOf({ gateway: { auth: 'disabled' } });
    expect(message).not.toContain('Authorization');
    expect(message).toContain('everybody may call');
  });

  it('names the real providers and where each comes from, without the database’s password', () => {
    const message = messageOf(
      {
        origins: [
          { provider: 'openai', kind: 'openai', origin: 'nestgate.yaml:3' },
          { provider: 'groq', kind: 'groq', origin: 'GROQ_API_KEY' },
        ],
        configFile: 'nestgate.yaml',
        databaseUrl: DATABASE_URL,
      },
      { firstModel: undefined },
    );
    expect(message).toContain('openai (nestgate.yaml:3), groq (GROQ_API_KEY)');
    expect(message).toContain('configuration  nestgate.yaml');
    expect(message).toContain('Postgres at DATABASE_URL');
    expect(message).not.toContain('password');
    expect(message).not.toContain('simulator');
    expect(message).toContain('"model": "MODEL"');
  });

  it.each([
    ['http://[::]:8080', 'http://localhost:8080'],
    ['http://0.0.0.0:8080', 'http://localhost:8080'],
    ['http://127.0.0.1:8080', 'http://localhost:8080'],
    ['http://10.0.0.7:8080', 'http://10.0.0.7:8080'],
  ])('%s is %s to people', (url, shown) => {
    expect(messageOf({}, { url })).toContain(`Nestgate listens on ${shown}\n`);
  });
});

it('says so where Postgres does not answer yet, and shows what is made when it does', () => {
  const later = Promise.resolve({ firstKey: undefined, firstAdminToken: undefined });
  expect(messageOf({ databaseUrl: DATABASE_URL }, { later })).toContain('DATABASE_URL, which does not answer yet\n');
  expect(laterMessage({ firstKey: 'sk-1', firstAdminToken: 'admin-1' })).toBe(
    '  Your first key, shown this once:  sk-1\n\n  Your admin token, shown this once:  admin-1\n',
  );
  expect(laterMessage({ firstKey: undefined, firstAdminToken: undefined })).toBe('');
});
