import { describe, expect, it } from 'vitest';
import { commonFacts, factsOf, type ModelFacts } from './model-facts.js';
import { CATALOGUE } from './model-catalogue.data.js';
import { FAMILIES } from './model-families.js';
import { MODEL_HOSTS } from './model-hosts.js';
import { nameForms } from './model-names.js';

const DOCUMENTS = ['text', 'image', 'document'] as const;
const GPT_4O: ModelFacts = {
  contextWindow: 128_000,
  maxOutputTokens: 16_384,
  inputModalities: DOCUMENTS,
  outputModalities: ['text'],
  tools: true,
  jsonSchema: true,
  reasoning: false,
};
const SONNET_4_5: ModelFacts = {
  contextWindow: 200_000,
  maxOutputTokens: 64_000,
  inputModalities: DOCUMENTS,
  outputModalities: ['text'],
  tools: true,
  jsonSchema: true,
  reasoning: true,
};
const { jsonSchema: _schema, ...SONNET_4_5_ELSEWHERE } = SONNET_4_5;
const GEMINI_2_5: ModelFacts = {
  contextWindow: 1_048_576,
  maxOutputTokens: 65_536,
  inputModalities: ['text', 'image', 'audio', 'video', 'document'],
  outputModalities: ['text'],
  tools: true,
  jsonSchema: true,
  reasoning: true,
};

describe('factsOf', () => {
  it.each<[kind: string, model: string, facts: ModelFacts]>([
    ['openai', 'gpt-4o', GPT_4O],
    ['openai', 'gpt-4o-2024-08-06', GPT_4O],
    ['openai', 'GPT-4o', GPT_4O],
    ['openai', 'ft:gpt-4o-2024-08-06:acme::abc123', GPT_4O],
    ['openrouter', 'openai/gpt-4o', GPT_4O],
    ['anthropic', 'claude-sonnet-4-5', SONNET_4_5],
    ['anthropic', 'claude-sonnet-4-5-20250929', SONNET_4_5],
    ['bedrock', 'anthropic.claude-sonnet-4-5-20250929-v1:0', SONNET_4_5_ELSEWHERE],
    ['bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', SONNET_4_5_ELSEWHERE],
    ['bedrock', 'global.anthropic.claude-sonnet-4-5-20250929-v1:0', SONNET_4_5_ELSEWHERE],
    [
      'bedrock',
      'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
      SONNET_4_5_ELSEWHERE,
    ],
    ['vertex', 'claude-sonnet-4-5@20250929', SONNET_4_5_ELSEWHERE],
    ['vertex', 'publishers/anthropic/models/claude-sonnet-4-5', SONNET_4_5_ELSEWHERE],
    ['gemini', 'gemini-2.5-flash', GEMINI_2_5],
    ['gemini', 'models/gemini-2.5-flash', GEMINI_2_5],
    ['gemini', 'gemini-2.5-pro', GEMINI_2_5],
    ['vertex', 'gemini-2.5-flash', GEMINI_2_5],
    ['vertex', 'google/gemini-2.5-flash', GEMINI_2_5],
  ])('knows %s’s %s', (kind, model, facts) => {
    expect(factsOf(kind, model)).toEqual(facts);
  });

  it.each<[kind: string, model: string, facts: ModelFacts]>([
    ['openrouter', 'anthropic/claude-sonnet-4.5', { contextWindow: 1_000_000, tools: true, reasoning: true }],
    ['openrouter', 'anthropic/claude-3.5-haiku:beta', { tools: true, reasoning: false, maxOutputTokens: 8_192 }],
    ['openrouter', 'google/gemini-2.5-pro', { contextWindow: 1_048_576, tools: true }],
    ['openrouter', 'meta-llama/llama-3.3-70b-instruct:free', { inputModalities: ['text', 'document'] }],
    ['openai', 'gpt-3.5-turbo', { contextWindow: 16_385, tools: true, jsonSchema: false, inputModalities: ['text'] }],
    ['openai', 'gpt-4o-2024-05-13', { jsonSchema: false, maxOutputTokens: 4_096 }],
    ['openai', 'gpt-4.1-mini', { contextWindow: 1_000_000, maxOutputTokens: 32_768 }],
    ['openai', 'gpt-5', { contextWindow: 400_000, maxOutputTokens: 128_000, reasoning: true }],
    ['openai', 'gpt-5-chat-latest', { contextWindow: 128_000, reasoning: false }],
    ['openai', 'o3-mini', { contextWindow: 200_000, inputModalities: ['text'], reasoning: true }],
    ['openai', 'o1-mini', { tools: false, jsonSchema: false, reasoning: true }],
    ['openai', 'gpt-4o-audio-preview', { inputModalities: ['text', 'audio'], outputModalities: ['text', 'audio'] }],
    ['openai', 'text-embedding-3-small', { contextWindow: 8_192, outputModalities: ['embedding'], tools: false }],
    ['openai', 'whisper-1', { inputModalities: ['text', 'audio'], outputModalities: ['text'] }],
    ['openai', 'tts-1', { outputModalities: ['audio'] }],
    ['openai', 'dall-e-3', { inputModalities: ['text'], outputModalities: ['image'] }],
    ['openai', 'gpt-image-1', { inputModalities: ['text', 'image'], outputModalities: ['image'] }],
    ['anthropic', 'claude-3-haiku-20240307', { contextWindow: 200_000, maxOutputTokens: 4_096, reasoning: false }],
    ['anthropic', 'claude-3-7-sonnet-latest', { maxOutputTokens: 64_000, reasoning: true, jsonSchema: false }],
    ['anthropic', 'claude-opus-4-20250514', { contextWindow: 200_000, maxOutputTokens: 32_000 }],
    ['anthropic', 'claude-opus-4-8', { contextWindow: 1_000_000, maxOutputTokens: 128_000 }],
    ['gemini', 'gemini-2.0-flash-001', { maxOutputTokens: 8_192, reasoning: false }],
    ['gemini', 'gemini-1.5-pro-latest', { tools: true, reasoning: false }],
    ['gemini', 'gemini-2.5-flash-image', { outputModalities: ['text', 'image'], tools: false, contextWindow: 65_536 }],
    ['gemini', 'gemini-embedding-001', { outputModalities: ['embedding'], contextWindow: 2_048 }],
    ['mistral', 'pixtral-large-latest', { inputModalities: ['text', 'image'], tools: true }],
    ['mistral', 'magistral-medium-latest', { reasoning: true }],
    ['mistral', 'mistral-large-2411', { contextWindow: 131_072, inputModalities: ['text'] }],
    ['mistral', 'mistral-large-2512', { contextWindow: 262_144, inputModalities: ['text', 'image'] }],
    ['cohere', 'command-r-plus-08-2024', { contextWindow: 128_000, tools: true, inputModalities: ['text'] }],
    ['cohere', 'command-a-03-2025', { contextWindow: 256_000, reasoning: false }],
    ['deepseek', 'deepseek-chat', { tools: true, jsonSchema: false, inputModalities: ['text'] }],
    ['deepseek', 'deepseek-reasoner', { reasoning: true }],
    ['xai', 'grok-4-0709', { contextWindow: 256_000, reasoning: true, inputModalities: ['text', 'image'] }],
    ['xai', 'grok-3', { contextWindow: 131_072, reasoning: false, inputModalities: ['text'] }],
    ['groq', 'llama-3.3-70b-versatile', { tools: true, jsonSchema: false, inputModalities: ['text'] }],
    ['bedrock', 'us.meta.llama3-3-70b-instruct-v1:0', { contextWindow: 128_000, inputModalities: ['text'] }],
    ['bedrock', 'amazon.nova-micro-v1:0', { contextWindow: 128_000, inputModalities: ['text'] }],
    ['perplexity', 'sonar-pro', { contextWindow: 200_000, tools: false }],
    ['together', 'meta-llama/Llama-3.3-70B-Instruct-Turbo', { inputModalities: ['text'], reasoning: false }],
  ])('knows of %s’s %s', (kind, model, facts) => {
    expect(factsOf(kind, model)).toMatchObject(facts);
  });

  it.each([
    ['azure-openai', 'gpt-4o'],
    ['azure-openai', 'my-deployment'],
    ['openai-compatible', 'gpt-4o'],
    ['vllm', 'meta-llama/Llama-3.3-70B-Instruct'],
    ['ollama', 'llama3.3'],
    ['simulator', 'simulator/echo'],
    ['acme', 'gpt-4o'],
    ['openai', 'claude-sonnet-4-5'],
    ['openai', 'gpt-99'],
    ['openai', 'gpt-4.5-preview'],
    ['openai', 'o1x'],
    ['openai', ''],
    ['openai', 'constructor'],
    ['openai', '__proto__'],
    ['anthropic', 'claude'],
    ['anthropic', 'claude-opus-4-99'],
    ['anthropic', 'claude-sonnet-47'],
    ['bedrock', 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdef123456'],
    ['gemini', 'gemini-99-pro'],
    ['mistral', 'mistral'],
    ['openrouter', 'gpt-4o'],
  ])('knows nothing of %s’s %j', (kind, model) => {
    expect(factsOf(kind, model)).toEqual({});
  });

  it('claims of resold models nothing that is the reseller’s doing', () => {
    expect(factsOf('bedrock', 'meta.llama3-3-70b-instruct-v1:0')).not.toHaveProperty('tools');
    expect(factsOf('cerebras', 'llama-3.3-70b')).not.toHaveProperty('tools');
    expect(factsOf('bedrock', 'anthropic.claude-3-haiku-20240307-v1:0')).not.toHaveProperty('jsonSchema');
  });
});

describe('the catalogue', () => {
  const lists = Object.entries(CATALOGUE.models);
  const names = lists.flatMap(([list, models]) => Object.keys(models).map((name) => [list, name] as const));

  it('says where it is from and when', () => {
    expect(CATALOGUE.source).toMatch(/^@pydantic\/genai-prices \d+\.\d+\.\d+$/);
    expect(CATALOGUE.date).toMatch(/^20\d\d-\d\d-\d\d$/);
  });

  it('has a list for each kind that names one, and no other', () => {
    const wanted = [...MODEL_HOSTS.values()].flatMap(({ list }) => list ?? []);
    expect(lists.map(([list]) => list).sort()).toEqual([...new Set(wanted)].sort());
    for (const [, models] of lists) expect(Object.keys(models).length).toBeGreaterThan(0);
  });

  it('has plausible windows', () => {
    const windows = lists.flatMap(([, models]) => Object.values(models).map(({ contextWindow }) => contextWindow));
    expect(windows.filter((window) => !(Number(window) >= 512 && Number(window) <= 20_000_000))).toEqual([]);
  });

  it('finds each of its names', () => {
    expect(names.filter(([, name]) => nameForms(name)[0] !== name)).toEqual([]);
  });

  it('is small', () => {
    expect(JSON.stringify([CATALOGUE, FAMILIES]).length).toBeLessThan(150_000);
  });
});

describe('the families', () => {
  it('have windows and limits that go together', () => {
    const odd = Object.values(FAMILIES).flatMap((family: Readonly<Record<string, ModelFacts>>) =>
      Object.entries(family).filter(
        ([, { contextWindow = Infinity, maxOutputTokens = 0 }]) => maxOutputTokens > contextWindow,
      ),
    );
    // Gemini's speech models count what they read and what they say apart.
    expect(odd.map(([pattern]) => pattern).filter((pattern) => !pattern.endsWith('tts'))).toEqual([]);
  });

  it('have patterns in the form in which names are looked up', () => {
    const patterns = Object.values(FAMILIES).flatMap((family) => Object.keys(family));
    expect(patterns.filter((pattern) => pattern !== pattern.toLowerCase() || /.*\*./.test(pattern))).toEqual([]);
  });
});

describe('commonFacts', () => {
  const full: ModelFacts = { contextWindow: 10, maxOutputTokens: 5, tools: true, inputModalities: ['text', 'image'] };

  it('is what is known of the only one', () => {
    expect(commonFacts([])).toEqual({});
    expect(commonFacts([full])).toBe(full);
  });

  it('is the least window and what all take', () => {
    expect(
      commonFacts([full, { contextWindow: 8, maxOutputTokens: 6, tools: true, inputModalities: ['text', 'audio'] }]),
    ).toEqual({ contextWindow: 8, maxOutputTokens: 5, tools: true, inputModalities: ['text'] });
  });

  it('is unknown where one is, but for what one is known to lack', () => {
    expect(commonFacts([full, {}])).toEqual({});
    expect(commonFacts([{}, full, full])).toEqual({});
    expect(commonFacts([full, {}, { tools: false }])).toEqual({ tools: false });
  });
});
