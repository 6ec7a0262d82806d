import { describe, expect, it } from 'vitest';
import { keysOn, type KeysUnderTest } from '../support/administered-keys.js';

const BUDGET = { name: 'b', usd: 1, per: 'day' };

describe('what is said of a key', () => {
  const keys = (): Promise<KeysUnderTest> => keysOn(() => Promise.resolve({}), {});

  it.each([
    [{ name: 'web', spent: -100, id: 1 }, 'unknown_parameter', 'spent'],
    [{ spent: -100, id: 1 }, 'unknown_parameter', 'spent'],
    [{ name: 'web', secret: 'sk-of-mine-0123456789' }, 'unknown_parameter', 'secret'],
    [{ name: 'web', role: null }, 'unknown_parameter', 'role'],
    [{ name: 'web', rateLimits: { perMinute: 5 } }, 'unknown_parameter', 'rateLimits.perMinute'],
    [{}, 'missing_required_parameter', 'name'],
    [{ name: null }, 'missing_required_parameter', 'name'],
    [{ name: { role: 'x' } }, 'invalid_type', 'name'],
    [{ name: 5 }, 'invalid_type', 'name'],
    [{ name: '' }, 'invalid_value', 'name'],
    [{ name: 'a b' }, 'invalid_value', 'name'],
    [{ name: 'web', models: 'model' }, 'invalid_type', 'models'],
    [{ name: 'web', models: [] }, 'invalid_value', 'models'],
    [{ name: 'web', models: [5] }, 'invalid_type', 'models[0]'],
    [{ name: 'web', budgets: [{ name: 'b', usd: -5, per: 'day' }] }, 'invalid_value', 'budgets[0].usd'],
    [{ name: 'web', budgets: [{ name: 'b', usd: 'NaN', per: 'day' }] }, 'invalid_value', 'budgets[0].usd'],
    [{ name: 'web', budgets: [{ name: 'b', usd: '1e9', per: 'day' }] }, 'invalid_value', 'budgets[0].usd'],
    [{ name: 'web', budgets: [{ name: 'b', usd: [1], per: 'day' }] }, 'invalid_type', 'budgets[0].usd'],
    [{ name: 'web', budgets: [{ name: 'b', usd: 1 }] }, 'missing_required_parameter', 'budgets[0].per'],
    [{ name: 'web', budgets: [BUDGET, BUDGET] }, 'invalid_value', 'budgets[1].name'],
    [{ name: 'web', rateLimits: { requestsPerMinute: '5' } }, 'invalid_type', 'rateLimits.requestsPerMinute'],
    [{ name: 'web', rateLimits: { models: [{ model: 'fast' }] } }, 'invalid_value', 'rateLimits.models[0].model'],
    [{ name: 'web', guardrails: ['none'] }, 'invalid_value', 'guardrails[0]'],
    [{ name: 'web', ipRanges: ['10.0.0.0/33'] }, 'invalid_value', 'ipRanges'],
    [{ name: 'web', ipRanges: ['localhost'] }, 'invalid_value', 'ipRanges'],
    [{ name: 'web', metadata: { a: 5 } }, 'invalid_type', 'metadata.a'],
    [{ name: 'web', metadata: { a: 'x'.repeat(513) } }, 'invalid_value', 'metadata'],
    [{ name: 'web', expiresAt: 'tomorrow' }, 'invalid_value', 'expiresAt'],
    [{ name: 'web', extensions: [{ name: 'x', settings: 5 }] }, 'invalid_type', 'extensions[0].settings'],
  ])('a new one is refused as %j', async (body, code, param) => {
    const { admin } = await keys();
    const answer = await admin.ask('/admin/keys', { body });
    expect([answer.status, answer.json['code'], answer.json['param']]).toEqual([400, code, param]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect((await admin.ask('/admin/keys?source=stored')).json['keys']).toEqual([]);
  });

  it.each([
    [{ role: 'admin' }, 'unknown_parameter', 'role'],
    [{ id: 'other' }, 'unknown_parameter', 'id'],
    [{ revokedAt: null }, 'unknown_parameter', 'revokedAt'],
    [{ name: { role: 'x' } }, 'invalid_type', 'name'],
    [{ name: null }, 'missing_required_parameter', 'name'],
    [{ budgets: [{ name: 'b', usd: -5, per: 'day' }] }, 'invalid_value', 'budgets[0].usd'],
  ])('a patch of %j is refused, and changes nothing', async (patch, code, param) => {
    const { make, change, admin } = await keys();
    const { id } = await make();
    const { status, json } = await change('PATCH', `/admin/keys/${id}`, patch);
    expect([status, json['code'], json['param']]).toEqual([400, code, param]);
    expect((await admin.ask(`/admin/keys/${id}`)).json['version']).toBe(1);
  });

  it.each([
    [{ graceSeconds: -1 }, 'invalid_value'],
    [{ graceSeconds: 'a day' }, 'invalid_type'],
    [{ grace: 5 }, 'unknown_parameter'],
  ])('a secret is not replaced with %j', async (body, code) => {
    const { make, change, use } = await keys();
    const { id, secret } = await make();
    expect((await change('POST', `/admin/keys/${id}/rotate`, body)).json['code']).toBe(code);
    expect(await use(secret)).toBe(200);
  });

  it.each([
    ['limit=0', 'limit', 'invalid_value'],
    ['sort=colour', 'sort', 'invalid_value'],
    ['status=gone', 'status', 'invalid_value'],
    ['cursor=nonsense', 'cursor', 'invalid_value'],
    [`cursor=${Buffer.from('["name","a","b"]').toString('base64url')}`, 'cursor', 'invalid_value'],
    [`cursor=${Buffer.from('["-createdAt","now()","b"]').toString('base64url')}`, 'cursor', 'invalid_value'],
    ['secret=x', 'secret', 'unknown_parameter'],
  ])('a list with %s is refused', async (query, param, code) => {
    const { admin } = await keys();
    const { status, json } = await admin.ask(`/admin/keys?${query}`);
    expect([status, json['code'], json['param']]).toEqual([400, code, param]);
  });
});
