import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminGuard } from '../../src/admin/admin.guard.js';
import { ADMIN_ROLES, ADMIN_SCOPES, type AdminRole, type AdminScope } from '../../src/admin/admin-scopes.js';
import { ADMIN_TOKEN as FORMAT } from '../../src/admin/admin-token.js';
import { type StoredAdminToken } from '../../src/admin/admin-token.repository.js';
import { ADMIN_ROUTES } from '../support/admin-routes.js';
import {
  ADMIN_TOKEN,
  type AdminAnswer,
  type AdministrationUnderTest,
  openAdministration,
  type OpenAdministration,
  startAdministration,
  storeToken,
} from '../support/administration.js';
import { type GatewayUnderTest, startGateway, TEST_KEY } from '../support/gateway.js';
import { oneProvider } from '../support/scene.js';
import { STORAGES } from '../support/storages.js';

interface TokensUnderTest {
  readonly admin: AdministrationUnderTest;
  /** Stores one. @returns its secret. */
  store(changes: Partial<StoredAdminToken>): Promise<string>;
  /** Asks for one. */
  make(body: object, token?: string): Promise<AdminAnswer>;
  revoke(secret: string, token?: string): Promise<AdminAnswer>;
}

async function tokensOn(storage: () => Promise<object>): Promise<TokensUnderTest> {
  const scene = await oneProvider({ gateway: await storage() });
  const admin = await startAdministration(scene.gateway.app);
  return {
    admin,
    store: (changes) => storeToken(scene.gateway.app, changes),
    make: (body, token) => admin.ask('/admin/tokens', { body, token }),
    revoke: (secret, token) => admin.ask(`/admin/tokens/${idOf(secret)}`, { method: 'DELETE', token }),
  };
}

const inMemory = (): Promise<TokensUnderTest> => tokensOn(() => Promise.resolve({}));

function idOf(secret: string): string {
  return FORMAT.idOf(secret) ?? '';
}

const DAY_MS = 86_400_000;
const TOKENS = '/admin/tokens';

const SCOPED = ADMIN_ROUTES.flatMap(({ method, path, scope }) =>
  scope === undefined ? [] : [{ method, path, scope }],
);

describe('routes', () => {
  let gateway: GatewayUnderTest;
  let admin: OpenAdministration;
  const store = (grant: Partial<StoredAdminToken>): Promise<string> => storeToken(gateway.app, grant);

  beforeAll(async () => {
    gateway = await startGateway();
    admin = await openAdministration(gateway.app);
  });

  afterAll(async () => {
    await admin.close();
    await gateway.close();
  });

  it.each(SCOPED)('$method $path lets in who may $scope, and nobody else', async ({ method, path, scope }) => {
    const url = path.replaceAll(/:\w+/g, 'nobody');
    const body = method === 'POST' || method === 'PATCH' ? {} : undefined;
    const ask = (token: string | null): Promise<AdminAnswer> => admin.ask(url, { method, token, body });
    expect(await ask(null)).toMatchObject({ status: 401, json: { code: 'missing_admin_token' } });
    expect(await ask(TEST_KEY)).toMatchObject({ status: 403, json: { code: 'forbidden' } });

    const others = ADMIN_SCOPES.filter((other) => other !== scope);
    const refused = await ask(await store({ role: null, scopes: others }));
    expect([refused.status, refused.json['code']]).toEqual([403, 'insufficient_scope']);
    expect(refused.json['detail']).toBe(`The token lacks the scope ${scope}.`);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(refused.headers.get('www-authenticate')).toBe(`Bearer error="insufficient_scope", scope="${scope}"`);

    for (const grant of [{ role: 'owner' }, { role: null, scopes: [scope] }]) {
      const { status, json } = await ask(await store(grant));
      expect([401, 403, 500]).not.toContain(status);
      expect(json['code']).not.toBe('unknown_url');
    }
  });

  it.each(Object.keys(ADMIN_ROLES) as AdminRole[])(
    'let the role %s in where its scopes are, and nowhere else',
    async (role) => {
      const token = await store({ role });
      const scopes: readonly AdminScope[] = ADMIN_ROLES[role];
      for (const { path, scope } of SCOPED.filter(({ method }) => method === 'GET')) {
        const { status } = await admin.ask(path.replaceAll(/:\w+/g, 'nobody'), { token });
        expect([path, status === 403]).toEqual([path, !scopes.includes(scope)]);
      }
    },
  );
});

describe('a token', () => {
  it.each([
    ['of a role that this version does not know', { role: 'auditor' }],
    ['of a scope that this version does not know', { role: null, scopes: ['everything', '*', 'usage:*'] }],
    ['of no scope', { role: null, scopes: null }],
    ['of a role with the name of a prototype', { role: 'constructor' }],
  ])('%s may nothing', async (_what, grant) => {
    const { admin, store } = await inMemory();
    const token = await store(grant);
    for (const path of ['/admin/usage/totals', '/admin/keys', TOKENS]) {
      expect((await admin.ask(path, { token })).status).toBe(403);
    }
  });

  it('is let in nowhere where a route does not say what it needs, not even an owner’s', async () => {
    const { admin } = await inMemory();
    const request = new IncomingMessage(new Socket());
    request.headers.authorization = `Bearer ${ADMIN_TOKEN}`;
    const context = new ExecutionContextHost([request, new ServerResponse(request)], Object, () => undefined);
    const entered = admin.app.get(AdminGuard).canActivate(context);
    await expect(entered).rejects.toMatchObject({ status: 403, code: 'insufficient_scope' });
  });
});

describe.each(STORAGES)('tokens %s', (_where, storage) => {
  const tokens = (): Promise<TokensUnderTest> => tokensOn(storage);

  it('are made with scopes, an end and a secret that is shown once', async () => {
    const { admin, make } = await tokens();
    const made = await make({ name: 'dashboards', scopes: ['usage:read'], expiresAt: '2100-01-01T00:00:00Z' });
    expect(made.status).toBe(201);
    const { secret, ...shown } = made.json;
    const id = idOf(String(secret));
    expect(made.headers.get('location')).toBe(`/admin/tokens/${id}`);
    expect(shown).toEqual({
      id,
      name: 'dashboards',
      role: null,
      scopes: ['usage:read'],
      grantedBy: null,
      status: 'active',
      createdAt: expect.any(String) as string,
      expiresAt: '2100-01-01T00:00:00.000Z',
      revokedAt: null,
    });
    expect((await admin.ask(`/admin/tokens/${id}`)).json).toEqual(shown);
    const listed = await admin.ask(TOKENS);
    expect(listed.json).toEqual({ tokens: [shown], next: null });
    expect(listed.text).not.toContain(String(secret).slice(-40));

    const token = String(secret);
    expect((await admin.ask('/admin/usage/totals', { token })).status).toBe(200);
    expect((await admin.ask('/admin/budgets', { token })).status).toBe(403);
  });

  it('are made once for an Idempotency-Key', async () => {
    const { admin } = await tokens();
    const request = { body: { name: 'a', role: 'viewer' }, headers: { 'idempotency-key': 'once' } };
    const first = await admin.ask(TOKENS, request);
    const again = await admin.ask(TOKENS, request);
    expect(again.json).toEqual(first.json);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await admin.ask(TOKENS)).json['tokens']).toHaveLength(1);
  });

  it('grant what they may themselves, and nothing else', async () => {
    const { admin, store, make } = await tokens();
    const token = await store({ role: null, scopes: ['tokens:write', 'tokens:read', 'usage:read'] });
    const granted = await make({ name: 'b', scopes: ['usage:read', 'tokens:read'] }, token);
    expect(granted.json).toMatchObject({ grantedBy: idOf(token), scopes: ['usage:read', 'tokens:read'] });
    for (const [grant, param] of [
      [{ scopes: ['usage:read', 'keys:write'] }, 'scopes'],
      [{ scopes: ADMIN_SCOPES }, 'scopes'],
      [{ role: 'owner' }, 'role'],
      [{ role: 'viewer' }, 'role'],
    ] as const) {
      const { status, json } = await make({ name: 'c', ...grant }, token);
      expect([status, json['code'], json['param']]).toEqual([403, 'insufficient_scope', param]);
    }
    expect((await admin.ask(`${TOKENS}?grantedBy=${idOf(token)}`)).json['tokens']).toHaveLength(1);
  });

  it('with all scopes are no owner’s yet', async () => {
    const { store, make, revoke } = await tokens();
    const owner = await store({});
    const token = await store({ role: null, scopes: ADMIN_SCOPES });
    expect((await make({ name: 'c', scopes: ADMIN_SCOPES }, token)).status).toBe(201);
    expect((await make({ name: 'c', role: 'owner' }, token)).status).toBe(403);
    expect((await revoke(owner, token)).status).toBe(403);
  });

  it('grant nothing for longer than they are good', async () => {
    const { store, make } = await tokens();
    const expiresAt = new Date(Date.now() + DAY_MS);
    const token = await store({ expiresAt });
    const made = await make({ name: 'a', role: 'owner' }, token);
    expect([made.status, made.json['expiresAt']]).toEqual([201, expiresAt.toISOString()]);
    const later = await make({ name: 'b', role: 'owner', expiresAt: '2100-01-01' }, token);
    expect([later.status, later.json['param']]).toEqual([403, 'expiresAt']);
  });

  it('cannot make themselves more than they are', async () => {
    const { admin, store, make } = await tokens();
    const token = await store({ role: 'viewer' });
    const self = `/admin/tokens/${idOf(token)}`;
    expect((await make({ name: 'a', role: 'admin' }, token)).status).toBe(403);
    for (const method of ['PATCH', 'PUT']) {
      expect((await admin.ask(self, { method, body: { role: 'admin' }, token })).status).toBe(404);
    }
    expect((await admin.ask(self)).json['role']).toBe('viewer');
  });

  it('let nobody in once they are revoked, from the next request on', async () => {
    const { admin, make, revoke } = await tokens();
    const token = String((await make({ name: 'a', role: 'viewer' })).json['secret']);
    expect((await admin.ask('/admin/keys', { token })).status).toBe(200);
    expect((await revoke(token)).status).toBe(204);
    expect((await admin.ask('/admin/keys', { token })).status).toBe(401);
    const { json } = await admin.ask(`/admin/tokens/${idOf(token)}`);
    expect(json).toMatchObject({ status: 'revoked', revokedAt: expect.any(String) as string });
    expect((await revoke(token)).status).toBe(204);
    const lines = await admin.ask('/admin/audit?action=tokens.revoke');
    expect(lines.json['entries']).toHaveLength(1);
  });

  it('are revoked by who might grant them alone', async () => {
    const { store, revoke } = await tokens();
    const token = await store({ role: null, scopes: ['tokens:write', 'usage:read'] });
    const lesser = await store({ role: null, scopes: ['usage:read'] });
    for (const more of [{}, { role: 'viewer' }, { role: null, scopes: ['usage:read', 'keys:read'] }]) {
      const { status, json } = await revoke(await store(more), token);
      expect([status, json['code']]).toEqual([403, 'insufficient_scope']);
    }
    expect((await revoke(lesser, token)).status).toBe(204);
    expect((await revoke(token, token)).status).toBe(204);
  });

  it('of the last owner are revoked by nobody but the environment’s', async () => {
    const { store, revoke } = await tokens();
    const first = await store({});
    const second = await store({});
    // Neither lasts.
    const ending = await store({ expiresAt: new Date(Date.now() + DAY_MS) });
    await store({ disabledAt: new Date() });
    expect((await revoke(first, second)).status).toBe(204);
    for (const by of [second, ending]) {
      const { status, json } = await revoke(second, by);
      expect([status, json['code']]).toEqual([409, 'last_owner']);
    }
    expect((await revoke(ending, ending)).status).toBe(204);
    expect((await revoke(second)).status).toBe(204);
  });

  it('of two owners who revoke each other at once are not both revoked', async () => {
    const { store, revoke } = await tokens();
    const owners = [await store({}), await store({})] as const;
    const answers = await Promise.all([revoke(owners[0], owners[1]), revoke(owners[1], owners[0])]);
    const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
    // The slower one may not even be let in any more.
    expect([
      [204, 409],
      [204, 401],
    ]).toContainEqual(statuses);
  });

  it('leave a line in the audit log with each change, and no secret', async () => {
    const { admin, store, make, revoke } = await tokens();
    const owner = await store({ name: 'olga' });
    const secret = String((await make({ name: 'a', role: 'billing' }, owner)).json['secret']);
    await make({ name: 'b', role: 'nobody' }, owner);
    await revoke(secret, owner);
    const { json, text } = await admin.ask('/admin/audit');
    const target = idOf(secret);
    expect(json['entries']).toMatchObject([
      {
        action: 'tokens.revoke',
        target,
        tokenId: idOf(owner),
        tokenName: 'olga',
        details: { before: { status: 'active' }, after: { status: 'revoked' } },
      },
      {
        action: 'tokens.create',
        target,
        tokenId: idOf(owner),
        details: {
          after: {
            role: 'billing',
            grantedBy: idOf(owner),
            secretDigest: expect.stringMatching(/^[\da-f]{80}$/) as string,
          },
        },
      },
    ]);
    expect(text).not.toContain(secret.slice(-40));
    expect((await admin.ask('/admin/audit/verify')).json).toMatchObject({ isWhole: true, entries: 2 });
  });

  it('are listed page by page, the newest first', async () => {
    const { admin, store } = await tokens();
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) ids.unshift(idOf(await store({ createdAt: new Date(2026, 0, 1 + count) })));
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const { json } = await admin.ask(`${TOKENS}?limit=2${cursor}`);
      const page = json as { tokens: { id: string }[]; next: string | null };
      seen.push(...page.tokens.map(({ id }) => id));
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }
    expect(seen).toEqual(ids);
  });

  it('that are not there are not found', async () => {
    const { admin } = await tokens();
    for (const method of ['GET', 'DELETE']) {
      const { status, json } = await admin.ask('/admin/tokens/abcdefghijkl', { method });
      expect([status, json['code']]).toEqual([404, 'not_found']);
    }
    expect((await admin.ask(`${TOKENS}?cursor=abcdefghijkl`)).json).toEqual({ tokens: [], next: null });
    expect((await admin.ask(`${TOKENS}?cursor=x`)).json).toMatchObject({ status: 400, param: 'cursor' });
  });
});
