import { describe, expect, it } from 'vitest';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { UnsupportedParameters } from '../unsupported-parameters.js';
import { reportLeftOut } from './simulator.parameters.js';

function leftOut(fields: Partial<ChatCompletionRequest>, policy: 'strict' | 'warn' | 'drop' = 'warn') {
  const unsupported = new UnsupportedParameters(policy);
  reportLeftOut({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...fields }, unsupported);
  return unsupported.names;
}

describe('what the simulator leaves out', () => {
  it('is named', () => {
    expect(leftOut({ stop: 'x', logit_bias: { 1: 2 }, reasoning_effort: 'low', made_up: 1 })).toEqual([
      'stop',
      'logit_bias',
      'reasoning_effort',
      'made_up',
    ]);
    expect(leftOut({ presence_penalty: 0.5, logprobs: true, parallel_tool_calls: false, store: true })).toEqual([
      'presence_penalty',
      'logprobs',
      'parallel_tool_calls',
      'store',
    ]);
  });

  it('is nothing of what it does, of nulls and of defaults', () => {
    const nothing = { stop: null, logit_bias: {}, presence_penalty: 0, logprobs: false, store: false, n: 1 };
    expect(leftOut({ ...nothing, modalities: ['text'], parallel_tool_calls: true, seed: 7, user: 'u' })).toEqual([]);
  });

  it('is refused where the policy is strict', () => {
    expect(() => leftOut({ stop: 'x' }, 'strict')).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', status: 400, param: 'stop' }),
    );
  });

  it.each([[{ n: 2 }], [{ modalities: ['text', 'audio'] }]])('never %j: the answer would be a wrong one', (fields) => {
    for (const policy of ['strict', 'warn', 'drop'] as const) {
      expect(() => leftOut(fields, policy)).toThrow(
        expect.objectContaining({ code: 'unsupported_parameter', status: 400, param: Object.keys(fields)[0] }),
      );
    }
  });
});
