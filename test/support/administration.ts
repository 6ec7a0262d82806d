import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type INestApplication } from '@nestjs/common';
import { onTestFinished } from 'vitest';
import { OWNER } from '../../src/admin/admin-scopes.js';
import { ADMIN_TOKEN as FORMAT, tokenDigests } from '../../src/admin/admin-token.js';
import { AdminTokenRepository, type StoredAdminToken } from '../../src/admin/admin-token.repository.js';
import { createAdministration } from '../../src/server/administration.js';
import { namedByChance } from './gateway.js';

/** The administrator's token of every gateway under test. */
export const ADMIN_TOKEN = 'q8Xv2LmP7rTz4WnB6yKd';
const DIGESTS = tokenDigests(Buffer.alloc(32, 9));

export interface AdminAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body where it is JSON. */
  readonly json: Record<string, unknown>;
}

export interface AdminRequestOptions {
  readonly method?: string;
  /** `null` for none. */
  readonly token?: string | null | undefined;
  /** Sent as JSON, or as it is where it is text. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface AdministrationUnderTest {
  readonly app: INestApplication;
  readonly port: number;
  ask(path: string, options?: AdminRequestOptions): Promise<AdminAnswer>;
}

export interface OpenAdministration extends AdministrationUnderTest {
  close(): Promise<void>;
}

/** The administration of a gateway on a socket of its own; closed when the test is over. */
export async function startAdministration(gateway: INestApplication): Promise<AdministrationUnderTest> {
  const administration = await openAdministration(gateway);
  onTestFinished(() => administration.close());
  return administration;
}

/** The same for several tests. */
export async function openAdministration(gateway: INestApplication): Promise<OpenAdministration> {
  namedByChance();
  const app = await createAdministration(gateway, { digests: DIGESTS, token: ADMIN_TOKEN }, false);
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  return {
    app,
    port,
    ask: (path, options) => askAdministration(`http://127.0.0.1:${port}${path}`, options),
    close: () => app.close(),
  };
}

/** Stores an owner's token, unless told otherwise. @returns its secret. */
export async function storeToken(gateway: INestApplication, changes: Partial<StoredAdminToken> = {}): Promise<string> {
  const { id, token } = FORMAT.generate();
  await gateway.get(AdminTokenRepository, { strict: false }).insert({
    ...OWNER,
    id,
    name: 'ops',
    digest: DIGESTS.of(token),
    grantedBy: null,
    createdAt: new Date(),
    expiresAt: null,
    disabledAt: null,
    ...changes,
  });
  return token;
}

export async function askAdministration(url: string, options: AdminRequestOptions = {}): Promise<AdminAnswer> {
  const { method = options.body === undefined ? 'GET' : 'POST', token = ADMIN_TOKEN, body, headers } = options;
  const response = await fetch(url, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
  };
}
