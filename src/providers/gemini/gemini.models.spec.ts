import { describe, expect, it } from 'vitest';
import { modelTraits } from './gemini.models.js';

describe('modelTraits', () => {
  it.each([
    // name, thinking, JSON Schema whole, ids of calls, sampling, candidates
    ['gemini-1.5-pro-002', 'none', false, false, true, true],
    ['gemini-2.0-flash-001', 'none', false, false, true, true],
    ['models/gemini-2.5-flash', 'budget', true, false, true, true],
    ['gemini-2.5-pro', 'budget', true, false, true, true],
    ['gemini-2.5-flash-image', 'none', true, false, true, true],
    ['gemini-2.5-flash-preview-tts', 'none', true, false, true, true],
    ['publishers/google/models/gemini-3-pro-preview', 'level', true, true, true, false],
    ['gemini-3.1-flash-lite', 'level', true, true, true, false],
    ['gemini-3.5-flash', 'level', true, true, true, false],
    ['gemini-3.5-flash-lite', 'level', true, true, false, false],
    ['gemini-3.6-flash', 'level', true, true, false, false],
    ['gemini-3.8-flash', 'level', true, true, false, false],
    ['gemini-flash-latest', 'level', true, true, false, false],
    ['gemma-3-27b-it', 'none', false, false, true, true],
    ['projects/p/locations/l/endpoints/123', 'budget', true, false, true, true],
  ])('knows what %s takes', (name, thinking, takesJsonSchema, hasCallIds, hasSampling, hasCandidates) => {
    expect(modelTraits(name)).toMatchObject({ thinking, takesJsonSchema, hasCallIds, hasSampling, hasCandidates });
  });

  it.each([
    ['gemini-3-pro-preview', ['low', 'high']],
    ['gemini-3.1-pro-preview', ['low', 'medium', 'high']],
    ['gemini-3-flash-preview', ['minimal', 'low', 'medium', 'high']],
    ['gemini-3.5-flash-lite', ['minimal', 'low', 'medium', 'high']],
    ['gemini-3.6-flash', ['minimal', 'low', 'medium', 'high']],
    ['gemini-3.7-flash', ['low', 'medium', 'high']],
    ['gemini-3.8-flash', ['low', 'medium', 'high']],
  ])('knows the levels of %s', (name, levels) => {
    expect(modelTraits(name).levels).toEqual(levels);
  });
});
