import { describe, expect, it } from 'vitest';
import { validateGatewayOptions } from './validate-options.js';

function problemsOf(options: object): string[] {
  try {
    validateGatewayOptions(options);
    return [];
  } catch (error) {
    return String(error instanceof Error ? error.message : error)
      .split('\n')
      .map((line) => line.replace(/^- /, ''))
      .filter((line) => !line.startsWith('The configuration has'));
  }
}

const budget = { name: 'house', for: 'everyone', usd: '12.50', per: 'month' };

describe('the settings of budgets', () => {
  it.each([
    budget,
    {
      ...budget,
      usd: 0.000001,
      timeZone: 'Europe/Berlin',
      weekStartsOn: 'sunday',
      hard: false,
      alerts: [1, 100, 1000],
    },
    { ...budget, for: 'team', subject: 'search', webhooks: [{ url: 'https://x.example.com/a?b=c' }] },
    { ...budget, for: 'end_user', subject: 'someone@example.com' },
  ])('take %j', (one) => {
    expect(problemsOf({ budgets: [one] })).toEqual([]);
  });

  it.each([
    [{ usd: -1 }, 'budgets[0].usd is not an amount'],
    [{ usd: '1.0000000000001' }, 'budgets[0].usd is not an amount'],
    [{ per: 'year' }, 'budgets[0].per is not one of the allowed values'],
    [{ timeZone: '+01:00' }, 'budgets[0].timeZone is not a known time zone'],
    [{ timeZone: 'Europe/Atlantis' }, 'budgets[0].timeZone is not a known time zone'],
    [{ alerts: ['50'] }, 'budgets[0].alerts is not a list of percentages'],
    [{ alerts: [50, 50] }, 'budgets[0].alerts is not a list of percentages'],
    [{ alerts: [0] }, 'budgets[0].alerts is not a list of percentages'],
    [{ alerts: 50 }, 'budgets[0].alerts is not a list'],
    [{ webhooks: [{ url: 'ftp://x' }] }, 'budgets[0].webhooks[0].url is not an http(s) URL'],
    [{ webhooks: [{ url: 'https://me:secret@x' }] }, 'budgets[0].webhooks[0].url is not an http(s) URL'],
    [{ webhooks: [{ url: 'https://x', secret: 'short' }] }, 'budgets[0].webhooks[0].secret is too short'],
    [{ subject: 'x' }, 'budgets[0].subject names one of a budget that is for everyone'],
    [{ for: 'team', subject: 'a b' }, 'budgets[0].subject is no name that a team can have'],
  ])('refuse %j', (changes, message) => {
    const problems = problemsOf({ budgets: [{ ...budget, ...changes }] });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(message);
    expect(problems[0]).not.toContain('secret@');
  });

  it('refuse names given twice, each list for itself', () => {
    const own = { name: 'house', usd: 1, per: 'day' };
    const key = { name: 'web', secret: '0123456789abcdef', budgets: [own] };
    expect(problemsOf({ budgets: [budget], keys: [key] })).toEqual([]);
    expect(problemsOf({ budgets: [budget, budget], keys: [{ ...key, budgets: [own, own] }] })).toEqual([
      expect.stringContaining('budgets[1].name is taken'),
      expect.stringContaining('keys[0].budgets[1].name'),
    ]);
  });
});
