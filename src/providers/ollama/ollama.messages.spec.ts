import { describe, expect, it } from 'vitest';
import { type ChatMessage } from '../../protocol/chat-completions.js';
import { toMessages } from './ollama.messages.js';

const call = (id: string, name: string, given = '{}') => ({
  id,
  type: 'function' as const,
  function: { name, arguments: given },
});

const userParts = (...content: unknown[]): ChatMessage[] =>
  // What clients send, right or wrong.
  [{ role: 'user', content } as ChatMessage];

const image = (url: unknown) => ({ type: 'image_url', image_url: url });

describe('toMessages', () => {
  it('keeps every message in its place', () => {
    const messages: ChatMessage[] = [
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
      { role: 'system', content: [{ type: 'text', text: 'Now be long.' }] },
      { role: 'user', content: 'How are you?' },
    ];
    expect(toMessages(messages)).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
      { role: 'system', content: 'Now be long.' },
      { role: 'user', content: 'How are you?' },
    ]);
  });

  it('puts images beside the text', () => {
    const [message] = toMessages(
      userParts(
        { type: 'text', text: 'One' },
        image({ url: 'data:image/png;base64,AAAA' }),
        { type: 'text', text: 'Two' },
        image('data:image/svg+xml,%3Csvg%2F%3E'),
      ),
    );
    expect(message).toEqual({
      role: 'user',
      content: 'One\n\nTwo',
      images: ['AAAA', Buffer.from('<svg/>').toString('base64')],
    });
  });

  it.each([
    [
      'an image that is elsewhere',
      image({ url: 'https://example.com/a.png' }),
      'unsupported_parameter',
      '.image_url.url',
    ],
    ['a URL that is none', image({ url: 'AAAA' }), 'invalid_value', '.image_url.url'],
    ['a broken data URL', image({ url: 'data:image/png' }), 'invalid_value', '.image_url.url'],
    ['no URL', image({}), 'invalid_type', '.image_url.url'],
    ['audio', { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }, 'unsupported_parameter', ''],
    ['a file', { type: 'file', file: { file_id: 'file-1' } }, 'unsupported_parameter', ''],
  ])('refuses %s', (_, part, code, place) => {
    const param = `messages[0].content[1]${place}`;
    expect(() => toMessages(userParts({ type: 'text', text: 'See' }, part))).toThrow(
      expect.objectContaining({ status: 400, code, param }),
    );
  });

  it('names the tool that a result is of, and the call', () => {
    const messages: ChatMessage[] = [
      { role: 'user', content: 'Weather?' },
      {
        role: 'assistant',
        content: null,
        reasoning_content: 'Let me see.',
        tool_calls: [call('a', 'weather', '{"city":"Paris"}'), call('b', 'time', ' ')],
      },
      { role: 'tool', tool_call_id: 'b', content: 'noon' },
      { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'sunny' }] },
    ];
    expect(toMessages(messages).slice(1)).toEqual([
      {
        role: 'assistant',
        content: '',
        thinking: 'Let me see.',
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'weather', arguments: { city: 'Paris' } } },
          { id: 'b', type: 'function', function: { name: 'time', arguments: {} } },
        ],
      },
      { role: 'tool', content: 'noon', tool_name: 'time', tool_call_id: 'b' },
      { role: 'tool', content: 'sunny', tool_name: 'weather', tool_call_id: 'a' },
    ]);
  });

  it('means the last call where an id comes again', () => {
    const messages: ChatMessage[] = [
      { role: 'assistant', tool_calls: [call('a', 'first')] },
      { role: 'tool', tool_call_id: 'a', content: '1' },
      { role: 'assistant', tool_calls: [call('a', 'second')] },
      { role: 'tool', tool_call_id: 'a', content: '2' },
    ];
    expect(toMessages(messages).map((message) => message.tool_name)).toEqual([undefined, 'first', undefined, 'second']);
  });

  it('takes the older form of a tool call', () => {
    const messages: ChatMessage[] = [
      { role: 'assistant', content: null, function_call: { name: 'time', arguments: '{"zone":"UTC"}' } },
      { role: 'function', name: 'time', content: 'noon' },
    ];
    expect(toMessages(messages)).toEqual([
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ type: 'function', function: { name: 'time', arguments: { zone: 'UTC' } } }],
      },
      { role: 'tool', content: 'noon', tool_name: 'time' },
    ]);
  });

  it.each([
    ['reasoning', { reasoning: 'So.' }],
    [
      'reasoning_details',
      {
        reasoning_details: [
          { type: 'reasoning.text' as const, text: 'S' },
          { type: 'reasoning.encrypted' as const, data: 'x' },
          { type: 'reasoning.text' as const, text: 'o.' },
        ],
      },
    ],
  ])('takes thinking back from %s', (_, fields) => {
    const [message] = toMessages([{ role: 'assistant', content: 'Hi', ...fields }]);
    expect(message).toEqual({ role: 'assistant', content: 'Hi', thinking: 'So.' });
  });

  it('keeps the words of a refusal', () => {
    expect(toMessages([{ role: 'assistant', content: null, refusal: 'No.' }])[0]?.content).toBe('No.');
    expect(toMessages([{ role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] }])[0]?.content).toBe('No.');
  });

  it.each(['[1]', 'not JSON', '"text"'])('refuses arguments that are no object: %s', (given) => {
    expect(() => toMessages([{ role: 'assistant', tool_calls: [call('a', 'time', given)] }])).toThrow(
      expect.objectContaining({ status: 400, param: 'messages[0].tool_calls[0].function.arguments' }),
    );
  });

  it('refuses a result of nothing, and a role nobody knows', () => {
    expect(() => toMessages([{ role: 'tool', content: 'noon' }])).toThrow(
      expect.objectContaining({ param: 'messages[0].tool_call_id' }),
    );
    // What clients send, right or wrong.
    const unknown = { role: 'critic', content: 'Bad.' } as unknown as ChatMessage;
    expect(() => toMessages([unknown])).toThrow(expect.objectContaining({ param: 'messages[0].role' }));
  });
});
