import { describe, expect, it } from 'vitest';
import { type ChatMessage } from '../../protocol/chat-completions.js';
import { toMessages } from './cohere.conversation.js';

const translate = (...messages: ChatMessage[]) => toMessages(messages, () => undefined);
const call = (id: string, name: string, text: string) => ({
  id,
  type: 'function' as const,
  function: { name, arguments: text },
});
const PNG = 'data:image/png;base64,iVBORw0KGgo=';

describe('toMessages', () => {
  it('keeps the order of what is said', () => {
    expect(
      translate(
        { role: 'system', content: 'Be short.' },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
        { role: 'developer', content: [{ type: 'text', text: 'Be long.' }] },
        { role: 'user', content: [{ type: 'text', text: 'Why?' }] },
      ),
    ).toEqual([
      { role: 'system', content: 'Be short.' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
      { role: 'system', content: [{ type: 'text', text: 'Be long.' }] },
      { role: 'user', content: [{ type: 'text', text: 'Why?' }] },
    ]);
  });

  it('carries images by data and by URL', () => {
    expect(
      translate({
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: PNG, detail: 'low' } },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'original' } },
        ],
      })[0]?.content,
    ).toEqual([
      { type: 'image_url', image_url: { url: PNG, detail: 'low' } },
      { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
    ]);
  });

  it('carries calls of tools and their results', () => {
    expect(
      translate(
        { role: 'assistant', content: null, tool_calls: [call('1', 'a', '{"x":1}'), call('2', 'b', '{}')] },
        { role: 'tool', tool_call_id: '1', content: 'one' },
        { role: 'tool', tool_call_id: '2', content: [{ type: 'text', text: 'two' }] },
      ),
    ).toEqual([
      { role: 'assistant', tool_calls: [call('1', 'a', '{"x":1}'), call('2', 'b', '{}')] },
      { role: 'tool', tool_call_id: '1', content: 'one' },
      { role: 'tool', tool_call_id: '2', content: [{ type: 'text', text: 'two' }] },
    ]);
  });

  it('gives a call that has no arguments an empty object', () => {
    expect(
      translate({ role: 'assistant', tool_calls: [call('1', 'a', '')], function_call: { name: 'b', arguments: ' ' } }),
    ).toEqual([{ role: 'assistant', tool_calls: [call('1', 'a', '{}'), call('call_0', 'b', '{}')] }]);
  });

  it('carries the older form of a call', () => {
    expect(
      translate(
        { role: 'assistant', function_call: { name: 'a', arguments: '{}' } },
        { role: 'function', name: 'a', content: 'one' },
      ),
    ).toEqual([
      { role: 'assistant', tool_calls: [call('call_0', 'a', '{}')] },
      { role: 'tool', tool_call_id: 'call_0', content: 'one' },
    ]);
  });

  it('sends refusals back as text, and leaves out what holds nothing', () => {
    expect(
      translate(
        { role: 'assistant', content: null, refusal: 'No.' },
        { role: 'assistant', content: [{ type: 'refusal', refusal: 'Never.' }] },
        { role: 'assistant', content: '' },
        { role: 'assistant' },
      ),
    ).toEqual([
      { role: 'assistant', content: 'No.' },
      { role: 'assistant', content: [{ type: 'text', text: 'Never.' }] },
    ]);
  });

  it('puts reasoning back where it came from', () => {
    const details = (format: string) => [
      { type: 'reasoning.text' as const, text: 'Let me ', format, index: 0 },
      { type: 'reasoning.text' as const, text: 'see.', format, index: 0 },
    ];
    const tools = [call('1', 'a', '{}')];
    expect(
      translate(
        { role: 'assistant', reasoning_details: details('cohere-thinking-v2'), tool_calls: tools },
        { role: 'assistant', reasoning_details: details('cohere-tool-plan-v2'), tool_calls: tools },
      ),
    ).toEqual([
      { role: 'assistant', content: [{ type: 'thinking', thinking: 'Let me see.' }], tool_calls: tools },
      { role: 'assistant', tool_plan: 'Let me see.', tool_calls: tools },
    ]);
  });

  it('takes reasoning of others as a plan before calls, else as thinking', () => {
    const tools = [call('1', 'a', '{}')];
    const foreign = [{ type: 'reasoning.encrypted' as const, data: 'x', format: 'anthropic-claude-v1', index: 0 }];
    const byOtherName = { role: 'assistant' as const, content: 'So.', reasoning: 'Hm.' };
    expect(
      translate(
        { role: 'assistant', reasoning_content: 'Hm.', reasoning_details: foreign, tool_calls: tools },
        { role: 'assistant', content: 'So.', reasoning_content: 'Hm.' },
        byOtherName,
        { role: 'assistant', content: 'So.', reasoning_content: ' ' },
      ),
    ).toEqual([
      { role: 'assistant', tool_plan: 'Hm.', tool_calls: tools },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm.' },
          { type: 'text', text: 'So.' },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm.' },
          { type: 'text', text: 'So.' },
        ],
      },
      { role: 'assistant', content: 'So.' },
    ]);
  });

  it.each<[string, ChatMessage, string]>([
    [
      'audio',
      { role: 'user', content: [{ type: 'input_audio', input_audio: { data: '', format: 'wav' } }] },
      'messages[0].content[0]',
    ],
    [
      'a file',
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Read' },
          { type: 'file', file: { file_id: 'f' } },
        ],
      },
      'messages[0].content[1]',
    ],
    [
      'an image in a result',
      { role: 'tool', tool_call_id: '1', content: [{ type: 'image_url', image_url: { url: PNG } }] },
      'messages[0].content[0]',
    ],
  ])('refuses %s', (_, message, param) => {
    expect(() => translate(message)).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', status: 400, param }),
    );
  });

  it('refuses a result that answers no call', () => {
    expect(() => translate({ role: 'tool', content: 'one' })).toThrow(
      expect.objectContaining({ code: 'missing_required_parameter', param: 'messages[0].tool_call_id' }),
    );
  });
});
