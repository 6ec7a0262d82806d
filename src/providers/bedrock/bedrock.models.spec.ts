import { describe, expect, it } from 'vitest';
import { bedrockModel } from './bedrock.models.js';

describe('bedrockModel', () => {
  it.each([
    // id, vendor, reasoning, keeps schemas, caches
    ['anthropic.claude-3-haiku-20240307-v1:0', 'anthropic', 'claude', false, 'nothing'],
    ['us.anthropic.claude-3-5-sonnet-20241022-v2:0', 'anthropic', 'claude', false, 'all'],
    ['us.anthropic.claude-opus-4-1-20250805-v1:0', 'anthropic', 'claude', false, 'all'],
    ['global.anthropic.claude-sonnet-4-5-20250929-v1:0', 'anthropic', 'claude', true, 'all'],
    ['eu.anthropic.claude-sonnet-5', 'anthropic', 'claude', true, 'all'],
    [
      'arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-6-v1',
      'anthropic',
      'claude',
      true,
      'all',
    ],
    ['arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0', 'amazon', 'none', false, 'no tools'],
    ['us.amazon.nova-2-lite-v1:0', 'amazon', 'nova', false, 'no tools'],
    ['amazon.titan-text-lite-v1', 'amazon', 'none', false, 'nothing'],
    ['openai.gpt-oss-20b-1:0', 'openai', 'flat', true, 'nothing'],
    ['moonshotai.kimi-k2.5', 'moonshotai', 'flat', true, 'nothing'],
    ['mistral.mistral-large-3-675b-instruct', 'mistral', 'none', true, 'nothing'],
    ['mistral.mistral-large-2402-v1:0', 'mistral', 'none', false, 'nothing'],
    ['arn:aws:bedrock:us-east-1:1:application-inference-profile/abc', undefined, 'none', true, 'all'],
  ] as const)('%s', (id, vendor, reasoning, keepsSchemas, caches) => {
    expect(bedrockModel(id)).toMatchObject({ vendor, reasoning, keepsSchemas, caches });
  });

  it('knows what Claude takes', () => {
    expect(bedrockModel('us.anthropic.claude-3-7-sonnet-20250219-v1:0').claude?.thinking).toBe('budget');
    expect(bedrockModel('amazon.nova-pro-v1:0').claude).toBeUndefined();
  });
});
