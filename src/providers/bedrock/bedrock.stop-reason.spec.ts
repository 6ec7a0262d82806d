import { expect, it } from 'vitest';
import { toFinishReason } from './bedrock.stop-reason.js';

it.each([
  ['end_turn', false, 'stop'],
  ['stop_sequence', false, 'stop'],
  ['tool_use', true, 'tool_calls'],
  // Of the provider's own tools.
  ['tool_use', false, 'stop'],
  ['end_turn', true, 'tool_calls'],
  ['max_tokens', true, 'length'],
  ['model_context_window_exceeded', false, 'length'],
  ['guardrail_intervened', false, 'content_filter'],
  ['content_filtered', false, 'content_filter'],
  ['refusal', false, 'content_filter'],
  ['of tomorrow', false, 'stop'],
  [undefined, false, 'stop'],
  [null, true, 'tool_calls'],
])('%s, with calls: %s, is %s', (reason, hasToolCalls, finish) => {
  expect(toFinishReason(reason, hasToolCalls)).toBe(finish);
});
