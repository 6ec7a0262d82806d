import { describe, expect, it } from 'vitest';
import { callContext } from '../../test/support/calls.js';
import { dataOf } from '../../test/support/chat-client.js';
import { CHAT, EMBEDDINGS } from '../events/operation.js';
import { type ChatCompletion } from '../protocol/chat-completions.js';
import { toCallAnswer } from './given-answer.js';

const COMPLETION: ChatCompletion = {
  id: '1',
  object: 'chat.completion',
  created: 2,
  model: 'm',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' },
    {
      index: 1,
      message: {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      finish_reason: 'tool_calls',
    },
  ],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};

describe('toCallAnswer', () => {
  it('gives bytes as they are', () => {
    const given = { contentType: 'audio/mpeg', bytes: Buffer.from('sound') };
    expect(toCallAnswer(callContext({ streaming: true }), given)).toBe(given);
  });

  it('gives a completion as JSON where no stream was asked for', () => {
    const { contentType, bytes } = toCallAnswer(callContext(), COMPLETION);
    expect([contentType, JSON.parse(String(bytes))]).toEqual(['application/json', COMPLETION]);
  });

  it('gives it as the shortest stream where one was', () => {
    const { contentType, bytes } = toCallAnswer(callContext({ operation: CHAT, streaming: true }), COMPLETION);
    const head = { id: '1', object: 'chat.completion.chunk', created: 2, model: 'm' };
    expect(contentType).toBe('text/event-stream; charset=utf-8');
    expect(dataOf(String(bytes))).toEqual([
      {
        ...head,
        choices: [
          { index: 0, delta: { role: 'assistant', content: 'Hi' }, finish_reason: null },
          {
            index: 1,
            delta: {
              role: 'assistant',
              content: null,
              tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
            },
            finish_reason: null,
          },
        ],
      },
      {
        ...head,
        choices: [
          { index: 0, delta: {}, finish_reason: 'stop' },
          { index: 1, delta: {}, finish_reason: 'tool_calls' },
        ],
      },
    ]);
    expect(String(bytes).endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it('gives anything else as JSON', () => {
    const given = { object: 'list' } as unknown as ChatCompletion;
    expect(String(toCallAnswer(callContext({ operation: EMBEDDINGS }), given).bytes)).toBe('{"object":"list"}');
  });
});
