import { describe, expect, it } from 'vitest';
import { unitsFromOpenAi, unitsOfChat, unitsOfDuration, unitsOfRanking, unitsOfSubtitles } from './openai-units.js';

describe('the units of answers in OpenAI’s form', () => {
  it.each([
    [{ type: 'duration', seconds: 9 }, { seconds: 9 }],
    [{ prompt_audio_seconds: 36, prompt_tokens: 13, completion_tokens: 151, total_tokens: 164 }, { seconds: 36 }],
    [{ prompt_audio_seconds: null, prompt_tokens: 13 }, undefined],
    [{ total_tokens: 5, search_units: 2 }, { searches: 2 }],
    [
      { input_tokens_details: { image_tokens: 4, text_tokens: 1 }, output_tokens_details: { image_tokens: 7 } },
      { inputImageTokens: 4, outputImageTokens: 7 },
    ],
    [{ prompt_tokens: 5 }, undefined],
    [{ seconds: -1, search_units: '2', input_tokens_details: 3 }, undefined],
    [null, undefined],
    ['usage', undefined],
  ])('are read of %o', (usage, units) => expect(unitsFromOpenAi(usage)).toEqual(units));

  it.each([
    [{ num_search_queries: 4 }, 'default', { searches: 4 }],
    [{ server_tool_use: { web_search_requests: 2 } }, 'priority', { searches: 2, serviceTier: 'priority' }],
    [{ num_sources_used: 0, server_tool_use: null }, 'flex', { serviceTier: 'flex' }],
    [{ num_sources_used: 5 }, null, { searches: 5 }],
    [{ prompt_audio_seconds: 5, service_tier: 'priority' }, undefined, { seconds: 5, serviceTier: 'priority' }],
    [{ service_tier: 'flex' }, 'default', undefined],
    [undefined, 'on_demand', undefined],
    [{ search_units: 3 }, 'no tier', undefined],
    [{ server_tool_use: { web_search_requests: -1 } }, 7, undefined],
  ])('are read of a chat’s %o in the tier %o', (usage, tier, units) => expect(unitsOfChat(usage, tier)).toEqual(units));

  it.each([
    [{ billed_units: { search_units: 3 } }, { searches: 3 }],
    [{ billed_units: { search_units: 0 } }, undefined],
    [{}, undefined],
    [undefined, undefined],
  ])('are read of a ranking’s %o', (meta, units) => expect(unitsOfRanking(meta)).toEqual(units));

  it.each([
    [8.47, { seconds: 8.47 }],
    ['8.47', { seconds: 8.47 }],
    ['long', undefined],
    [undefined, undefined],
  ])('are the duration %o', (duration, units) => expect(unitsOfDuration(duration)).toEqual(units));

  it.each([
    ['1\n00:00:00,000 --> 00:00:04,000\nHi\n\n2\n01:00:04,000 --> 01:01:06,500\nYou\n', 3_666.5],
    ['WEBVTT\n\n00:00.000 --> 00:02.250\nHi\n', 2.25],
  ])('end with the last of the subtitles', (text, seconds) =>
    expect(unitsOfSubtitles(text)).toEqual({ seconds, isEstimated: true }),
  );

  it('are not in plain text', () => expect(unitsOfSubtitles('Hello --> you')).toBeUndefined());
});
