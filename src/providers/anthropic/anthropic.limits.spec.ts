import { describe, expect, it } from 'vitest';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { UnsupportedParameters } from '../unsupported-parameters.js';
import { ANTHROPIC_LIMITS, LEFT_OUT, reportLeftOut } from './anthropic.limits.js';
import { toMessagesRequest } from './anthropic.request.js';

function reported(fields: Partial<ChatCompletionRequest>, upstreamModel = 'claude-sonnet-4-5'): readonly string[] {
  const request: ChatCompletionRequest = { model: 'fast', messages: [{ role: 'user', content: 'Hi' }], ...fields };
  const unsupported = new UnsupportedParameters('warn');
  reportLeftOut(request, toMessagesRequest(request, { upstreamModel, streaming: false }), unsupported);
  return unsupported.names;
}

describe('reportLeftOut', () => {
  it.each(Object.keys(LEFT_OUT))('names %s', (name) => {
    expect(reported({ [name]: 'value' })).toEqual([name]);
  });

  it('names what nobody knows', () => {
    expect(reported({ parameter_of_tomorrow: 1 })).toEqual(['parameter_of_tomorrow']);
  });

  it('names those who speak', () => {
    const messages: ChatCompletionRequest['messages'] = [
      { role: 'system', name: 'rules', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
      { role: 'user', name: 'ada', content: 'Hello' },
    ];
    expect(reported({ messages })).toEqual(['messages[0].name', 'messages[2].name']);
  });

  it('names what this model does not take, or not together', () => {
    expect(reported({ temperature: 0.5, top_p: 0.5 })).toEqual(['top_p']);
    expect(reported({ temperature: 0.5 }, 'claude-opus-4-8')).toEqual(['temperature']);
    expect(reported({ reasoning_effort: 'high' }, 'claude-3-5-haiku')).toEqual(['reasoning_effort']);
    expect(reported({ reasoning_effort: 'high', temperature: 0.5 })).toEqual(['temperature']);
  });

  it('names stop sequences, metadata and tiers that cannot be sent', () => {
    expect(reported({ stop: ['END', '\n'] })).toEqual(['stop']);
    expect(reported({ metadata: { user_id: 'u', team: 'search' } })).toEqual(['metadata']);
    expect(reported({ service_tier: 'flex' })).toEqual(['service_tier']);
    expect(reported({ web_search_options: {} })).toEqual(['web_search_options']);
  });

  it.each<[string, Partial<ChatCompletionRequest>]>([
    ['what is carried', { temperature: 0.5, stop: 'END', user: 'u', reasoning_effort: 'none', service_tier: 'auto' }],
    ['what OpenAI assumes anyway', { presence_penalty: 0, frequency_penalty: 0, store: false, verbosity: 'medium' }],
    ['nothing', { seed: null, logit_bias: {}, metadata: {}, parallel_tool_calls: true }],
    ['what Anthropic has', { top_k: 5, output_config: { effort: 'low' } }],
    ['the user', { metadata: { user_id: 'u' } }],
  ])('does not name %s', (_what, fields) => {
    expect(reported(fields)).toEqual([]);
  });
});

it('gives the same reasons as the limits', () => {
  expect(ANTHROPIC_LIMITS['chat.seed']).toEqual({ effect: 'left out', reason: LEFT_OUT.seed });
});
