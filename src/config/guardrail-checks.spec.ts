import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../errors/configuration-error.js';
import { type GuardrailOptions } from '../guardrail.options.js';
import { type KeyOptions } from '../key.options.js';
import { validateGatewayOptions } from './validate-options.js';

function problemsOf(guardrails: Partial<GuardrailOptions>[], keys: KeyOptions[] = []): string[] {
  const providers = [{ name: 'p', kind: 'openai', models: [{ name: 'judge' }] }];
  try {
    validateGatewayOptions({ guardrails, keys, providers, aliases: { second: 'judge' } });
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.map(({ path, problem }) => `${path} ${problem}`);
    throw error;
  }
}

const PERSONAL = { name: 'a', kind: 'personal-data' } as const;
const WEBHOOK = { name: 'w', kind: 'webhook', url: 'https://guard.example.com/check', secret: 'x'.repeat(16) } as const;

describe('guardrails in the configuration', () => {
  it('may be of every kind', () => {
    const guardrails: GuardrailOptions[] = [
      PERSONAL,
      { name: 'b', kind: 'pattern', patterns: ['x'], action: 'warn' },
      { ...WEBHOOK, timeout: 100, onFailure: 'continue' },
      { name: 'm', kind: 'moderation', model: 'second', threshold: 0.5, categories: ['hate'] },
    ];
    expect(problemsOf(guardrails, [{ name: 'k', secret: 'x'.repeat(16), guardrails: ['b'] }])).toEqual([]);
  });

  it.each<[Partial<GuardrailOptions>[], string]>([
    [[{ name: 'b', kind: 'pattern' }], 'guardrails[0].patterns is missing'],
    [[{ name: 'w', kind: 'webhook', url: 'https://a' }], 'guardrails[0].secret is missing'],
    [[{ name: 'm', kind: 'moderation' }], 'guardrails[0].model is missing'],
    [[{ name: 'm', kind: 'moderation', model: 'jugde' }], 'guardrails[0].model names "jugde"'],
    [[{ ...PERSONAL, patterns: ['x'] }], 'guardrails[0].patterns means nothing'],
    [[{ ...PERSONAL, timeout: 5 }], 'guardrails[0].timeout means nothing'],
    [[{ ...WEBHOOK, action: 'mask' }], 'guardrails[0].action is not for you to say'],
    [[{ name: 'm', kind: 'moderation', model: 'judge', action: 'mask' }], 'guardrails[0].action cannot be done'],
    [[PERSONAL, PERSONAL], 'guardrails[1].name is taken'],
    [[{ ...PERSONAL, personalData: ['emial' as 'email'] }], 'guardrails[0].personalData is not'],
    [[{ ...WEBHOOK, url: 'guard.example.com' }], 'guardrails[0].url is not an http(s) URL'],
  ])('are refused with what is the matter: %j', (guardrails, problem) => {
    expect(problemsOf(guardrails)).toEqual([expect.stringContaining(problem)]);
  });

  it('have to be there where a key names them', () => {
    expect(problemsOf([PERSONAL], [{ name: 'k', secret: 'x'.repeat(16), guardrails: ['b'] }])).toEqual([
      'keys[0].guardrails[0] (key "k") names the guardrail "b", which is not there',
    ]);
  });
});
