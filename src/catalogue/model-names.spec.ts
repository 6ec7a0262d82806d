import { describe, expect, it } from 'vitest';
import { nameForms } from './model-names.js';

describe('nameForms', () => {
  it.each<[model: string, ...forms: string[]]>([
    ['gpt-4o', 'gpt-4o'],
    ['gpt-4o-2024-08-06', 'gpt-4o-2024-08-06', 'gpt-4o'],
    ['ft:gpt-4o-mini-2024-07-18:acme::id', 'gpt-4o-mini-2024-07-18', 'gpt-4o-mini'],
    ['claude-3-5-haiku-latest', 'claude-3-5-haiku-latest', 'claude-3-5-haiku'],
    ['anthropic/claude-3.5-haiku:free', 'anthropic/claude-3-5-haiku:free', 'anthropic/claude-3-5-haiku'],
    [
      'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'anthropic.claude-sonnet-4-5-20250929-v1:0',
      'anthropic.claude-sonnet-4-5-20250929',
      'anthropic.claude-sonnet-4-5',
    ],
    ['models/gemini-2.0-flash-001', 'gemini-2.0-flash-001', 'gemini-2.0-flash'],
    ['command-r-08-2024', 'command-r-08-2024', 'command-r'],
    ['mistral-large-2411', 'mistral-large-2411'],
    ['Qwen/Qwen3-32B', 'qwen/qwen3-32b'],
    ['', ''],
  ])('%s', (model, ...forms) => {
    expect(nameForms(model)).toEqual(forms);
  });

  it('takes a name of any length', () => {
    expect(nameForms('-latest'.repeat(36)).at(-1)).toBe('');
  });
});
