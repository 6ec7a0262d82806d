import { describe, expect, it } from 'vitest';
import { modelTraits } from './claude-models.js';

describe('modelTraits', () => {
  it.each([
    // name, max_tokens, thinking, sampling
    ['claude-3-haiku-20240307', 4_096, 'none', 'both'],
    ['claude-3-5-sonnet-20241022', 4_096, 'none', 'both'],
    ['claude-3-7-sonnet-20250219', 16_000, 'budget', 'both'],
    ['claude-3.7-sonnet', 16_000, 'budget', 'both'],
    ['claude-sonnet-4-20250514', 16_000, 'budget', 'both'],
    ['claude-sonnet-4-0', 16_000, 'budget', 'both'],
    ['claude-opus-4-1-20250805', 16_000, 'budget', 'either'],
    ['claude-haiku-4-5', 64_000, 'budget', 'either'],
    ['claude-opus-4-5@20251101', 64_000, 'budget', 'either'],
    ['claude-sonnet-4-6', 128_000, 'adaptive', 'either'],
    ['eu.anthropic.claude-opus-4-6-v1', 128_000, 'adaptive', 'either'],
    ['claude-opus-4-7', 128_000, 'adaptive', 'neither'],
    ['claude-sonnet-5', 128_000, 'adaptive', 'neither'],
    ['claude-haiku-5-5', 128_000, 'adaptive', 'neither'],
    ['claude-something-new', 128_000, 'adaptive', 'neither'],
    ['MiniMax-M2', 8_192, 'budget', 'both'],
  ])('knows what %s takes', (name, defaultMaxTokens, thinking, sampling) => {
    expect(modelTraits(name)).toMatchObject({ defaultMaxTokens, thinking, sampling });
  });

  it.each([
    ['claude-sonnet-4-6', 'off'],
    ['claude-opus-4-8', 'off'],
    ['claude-opus-5', 'disable'],
    ['claude-sonnet-5-20260630', 'disable'],
    ['claude-haiku-5-5', 'disable'],
    ['claude-opus-5-5', 'never'],
    ['claude-fable-5-1', 'never'],
    ['claude-mythos-preview', 'never'],
  ])('knows how %s stops thinking', (name, thinkingSwitch) => {
    expect(modelTraits(name).thinkingSwitch).toBe(thinkingSwitch);
  });
});
