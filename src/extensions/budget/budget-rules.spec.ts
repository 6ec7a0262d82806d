import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Principal } from '../../auth/principal.js';
import { type BudgetOptions } from '../../budget.options.js';
import { type KeySettings } from '../../key.options.js';
import { BudgetRules } from './budget-rules.js';

function principal(settings: KeySettings = {}, keyId: string | null = null): Principal {
  return { keyId, keyName: 'web', allowedModels: null, settings };
}

function budget(changes: Partial<BudgetOptions> = {}): BudgetOptions {
  return { name: 'b', for: 'everyone', usd: 1, per: 'month', ...changes };
}

function subjectsOf(budgets: BudgetOptions[], caller: Principal, endUser: string | null = null): string[] {
  const charges = new BudgetRules({ budgets, keys: [] }).chargesOf({ principal: caller, endUser });
  return (charges?.all ?? []).map((charge) => `${charge.budget}:${charge.subject}`);
}

describe('BudgetRules', () => {
  it('finds none where there is none', () => {
    const rules = new BudgetRules({ budgets: [], keys: [] });
    expect(rules.chargesOf({ principal: principal(), endUser: 'ann' })).toBeUndefined();
    expect(rules.isUsed).toBe(false);
  });

  it('takes amounts to the last digit', () => {
    const limits = [0.1, '0.000000000001', '123456789.123456789012', 1e-7, 0].map((usd) => {
      const charges = new BudgetRules({ budgets: [budget({ usd })], keys: [] }).chargesOf({
        principal: principal(),
        endUser: null,
      });
      return charges?.all[0]?.limit;
    });
    expect(limits).toEqual(['100000000000', '1', '123456789123456789012', '100000', '0']);
  });

  it('knows whose a budget is', () => {
    const caller = principal({ team: 'search', organization: 'acme' }, 'k1');
    expect(subjectsOf([budget({ for: 'key' })], caller)).toEqual(['b:k1']);
    expect(subjectsOf([budget({ for: 'team' })], caller)).toEqual(['b:search']);
    expect(subjectsOf([budget({ for: 'organization' })], caller)).toEqual(['b:acme']);
    expect(subjectsOf([budget()], caller)).toEqual(['b:*']);
    expect(subjectsOf([budget({ for: 'end_user' })], caller, 'ann')).toEqual(['b:acme/ann']);
    expect(subjectsOf([budget({ for: 'end_user' })], principal({}, 'k1'), 'ann')).toEqual(['b:k1/ann']);
    expect(subjectsOf([budget({ for: 'team' })], principal())).toEqual([]);
    expect(subjectsOf([budget({ for: 'end_user' })], principal())).toEqual([]);
  });

  it.each(['web', 'k1'])('finds a certain key as %s', (subject) => {
    expect(subjectsOf([budget({ for: 'key', subject })], principal({}, 'k1'))).toEqual(['b:k1']);
  });

  it('leaves certain others alone', () => {
    const caller = principal({ team: 'search' });
    expect(subjectsOf([budget({ for: 'key', subject: 'other' })], caller)).toEqual([]);
    expect(subjectsOf([budget({ for: 'team', subject: 'other' })], caller)).toEqual([]);
    expect(subjectsOf([budget({ for: 'end_user', subject: 'bob' })], caller, 'ann')).toEqual([]);
  });

  it('counts for nothing what a stored key says that cannot be read', () => {
    const settings: KeySettings = { budgets: [{ name: 'odd', usd: 'much', per: 'day' }] };
    const charges = new BudgetRules({ budgets: [], keys: [] }).chargesOf({
      principal: principal(settings),
      endUser: null,
    });
    expect(charges?.hard).toMatchObject([{ budget: 'key/odd', limit: '0' }]);
  });

  it('tells hard budgets from soft ones', () => {
    const rules = new BudgetRules({ budgets: [budget(), budget({ name: 'soft', hard: false })], keys: [] });
    const charges = rules.chargesOf({ principal: principal(), endUser: null });
    expect(charges?.all.map((charge) => charge.budget)).toEqual(['b', 'soft']);
    expect(charges?.hard.map((charge) => charge.budget)).toEqual(['b']);
  });

  it('makes a subject of any end user that Postgres can keep, and another of another', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string(), fc.constant('a\u0000b'));
    fc.assert(
      fc.property(text, text, (one, other) => {
        const [first = ''] = subjectsOf([budget({ for: 'end_user' })], principal(), one);
        const [second = ''] = subjectsOf([budget({ for: 'end_user' })], principal(), other);
        expect(first.length).toBeLessThan(256);
        expect(first).not.toMatch(/[\p{Cc}\p{Surrogate}]/u);
        expect(first === second).toBe(one === other);
      }),
    );
  });
});
