import { describe, expect, it } from 'vitest';
import { type ChatMessage } from '../../protocol/chat-completions.js';
import { toConversation } from './anthropic.conversation.js';

const text = (words: string) => ({ type: 'text', text: words });
const pdf = Buffer.from('%PDF-1.7').toString('base64');

describe('toConversation: instructions', () => {
  it('gathers system and developer messages from everywhere, in order', () => {
    const { system, messages } = toConversation([
      { role: 'system', content: 'One.' },
      {
        role: 'developer',
        content: [
          { type: 'text', text: 'Two.' },
          { type: 'text', text: 'Three.' },
        ],
      },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
      { role: 'system', content: 'Four.' },
      { role: 'user', content: 'And now?' },
    ]);
    expect(system).toEqual(['One.', 'Two.', 'Three.', 'Four.'].map(text));
    expect(messages).toEqual([
      { role: 'user', content: [text('Hi')] },
      { role: 'assistant', content: [text('Hello')] },
      { role: 'user', content: [text('And now?')] },
    ]);
  });

  it('sends instructions alone as a user turn', () => {
    expect(toConversation([{ role: 'system', content: 'Say hi.' }])).toEqual({
      system: [],
      messages: [{ role: 'user', content: [text('Say hi.')] }],
    });
  });
});

describe('toConversation: turns', () => {
  it('joins consecutive messages of one side', () => {
    const { messages } = toConversation([
      { role: 'user', content: 'a' },
      { role: 'system', content: 'between' },
      { role: 'user', content: 'b' },
      { role: 'assistant', content: 'c' },
      { role: 'assistant', content: 'd' },
      { role: 'user', content: 'e' },
    ]);
    expect(messages).toEqual([
      { role: 'user', content: [text('a'), text('b')] },
      { role: 'assistant', content: [text('c'), text('d')] },
      { role: 'user', content: [text('e')] },
    ]);
  });

  it('leaves out what holds nothing', () => {
    const { messages, system } = toConversation([
      { role: 'system', content: ' ' },
      {
        role: 'user',
        content: [
          { type: 'text', text: '' },
          { type: 'text', text: 'Hi' },
        ],
      },
      { role: 'assistant', content: null },
      { role: 'user', content: '\n' },
    ]);
    expect(system).toEqual([]);
    expect(messages).toEqual([{ role: 'user', content: [text('Hi')] }]);
  });

  it('trims the end of an answer that the client began', () => {
    const { messages } = toConversation([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'The answer is \n' },
    ]);
    expect(messages.at(-1)).toEqual({ role: 'assistant', content: [text('The answer is')] });
  });

  it('sends refusals back as text', () => {
    const { messages } = toConversation([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: null, refusal: 'No.' },
      { role: 'user', content: 'Please' },
    ]);
    expect(messages[1]).toEqual({ role: 'assistant', content: [text('No.')] });
  });
});

describe('toConversation: content', () => {
  const partOf = (part: unknown) =>
    toConversation([{ role: 'user', content: [part] } as ChatMessage]).messages[0]?.content[0];
  const image = (url: unknown) => ({ type: 'image_url', image_url: url });
  const file = (fields: object) => ({ type: 'file', file: fields });

  it.each([
    [
      image({ url: 'data:image/png;base64,AAAA' }),
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
    ],
    [
      image({ url: 'data:image/jpg;base64,AAAA' }),
      { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: 'AAAA' } },
    ],
    [
      image('data:image/webp;base64,AAAA'),
      { type: 'image', source: { type: 'base64', media_type: 'image/webp', data: 'AAAA' } },
    ],
    [
      image({ url: 'https://example.com/a.png' }),
      { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
    ],
    [
      file({ file_data: `data:application/pdf;base64,${pdf}`, filename: 'a.pdf' }),
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: pdf }, title: 'a.pdf' },
    ],
    [
      file({ file_data: pdf }),
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: pdf } },
    ],
    [
      file({ file_data: `data:text/csv;base64,${Buffer.from('ä;1').toString('base64')}`, filename: 'a.csv' }),
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'ä;1' }, title: 'a.csv' },
    ],
    [
      file({ file_data: 'data:,a%20b' }),
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a b' } },
    ],
    [file({ file_id: 'file_1' }), { type: 'document', source: { type: 'file', file_id: 'file_1' } }],
    [
      file({ file_data: 'https://example.com/a.pdf' }),
      { type: 'document', source: { type: 'url', url: 'https://example.com/a.pdf' } },
    ],
  ])('translates %j', (part, block) => {
    expect(partOf(part)).toEqual(block);
  });

  it.each([
    [
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
      'unsupported_parameter',
      'messages[0].content[0].type',
    ],
    [file({ file_data: 'data:video/mp4;base64,AAAA' }), 'invalid_value', 'messages[0].content[0].file.file_data'],
    [file({}), 'missing_required_parameter', 'messages[0].content[0].file'],
    [image({ url: 'data:image/png' }), 'invalid_value', 'messages[0].content[0].image_url.url'],
  ])('refuses %j', (part, code, param) => {
    expect(() => partOf(part)).toThrow(expect.objectContaining({ code, param, status: 400 }));
  });

  it('carries cache breakpoints with their lifetime', () => {
    const { system, messages } = toConversation([
      { role: 'system', content: [{ type: 'text', text: 'Long.', cache_control: { type: 'ephemeral', ttl: '1h' } }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a', cache_control: { type: 'ephemeral' } },
          { type: 'text', text: 'b' },
        ],
      },
      { role: 'assistant', content: 'c', cache_control: { type: 'ephemeral' } } as ChatMessage,
      {
        role: 'tool',
        tool_call_id: 't',
        content: [{ type: 'text', text: 'd', cache_control: { type: 'ephemeral', ttl: '5m' } }],
      },
    ]);
    expect(system[0]?.cache_control).toEqual({ type: 'ephemeral', ttl: '1h' });
    expect(messages).toEqual([
      { role: 'user', content: [{ ...text('a'), cache_control: { type: 'ephemeral' } }, text('b')] },
      { role: 'assistant', content: [{ ...text('c'), cache_control: { type: 'ephemeral' } }] },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 't',
            content: [text('d')],
            cache_control: { type: 'ephemeral', ttl: '5m' },
          },
        ],
      },
    ]);
  });
});

describe('toConversation: tools', () => {
  const call = (id: string, name: string, args: string) =>
    ({ id, type: 'function', function: { name, arguments: args } }) as const;

  it('puts several results first into one user turn', () => {
    const { messages } = toConversation([
      { role: 'user', content: 'Go' },
      { role: 'assistant', content: 'Wait.', tool_calls: [call('t1', 'a', '{"x":[1]}'), call('t2', 'b', '')] },
      { role: 'tool', tool_call_id: 't1', content: 'one' },
      { role: 'user', content: 'Hurry' },
      {
        role: 'tool',
        tool_call_id: 't2',
        content: [
          { type: 'text', text: 'two' },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
        ],
      },
    ]);
    expect(messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: [
          text('Wait.'),
          { type: 'tool_use', id: 't1', name: 'a', input: { x: [1] } },
          { type: 'tool_use', id: 't2', name: 'b', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 't1', content: [text('one')] },
          {
            type: 'tool_result',
            tool_use_id: 't2',
            content: [text('two'), { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }],
          },
          text('Hurry'),
        ],
      },
    ]);
  });

  it('sends a result that holds nothing', () => {
    const { messages } = toConversation([{ role: 'tool', tool_call_id: 't1', content: '' }]);
    expect(messages[0]?.content).toEqual([{ type: 'tool_result', tool_use_id: 't1' }]);
  });

  it('makes the ids of other providers fit, on both sides alike', () => {
    const { messages } = toConversation([
      { role: 'assistant', content: null, tool_calls: [call('functions.a:0', 'a', '{}')] },
      { role: 'tool', tool_call_id: 'functions.a:0', content: 'one' },
    ]);
    expect(messages[0]?.content[0]).toMatchObject({ id: 'functions_a_0' });
    expect(messages[1]?.content[0]).toMatchObject({ tool_use_id: 'functions_a_0' });
  });

  it('reads the older function calls of a conversation', () => {
    const { messages } = toConversation([
      { role: 'user', content: 'Go' },
      { role: 'assistant', content: null, function_call: { name: 'a', arguments: '{"x":1}' } },
      { role: 'function', name: 'a', content: 'one' },
    ]);
    expect(messages.slice(1)).toEqual([
      { role: 'assistant', content: [{ type: 'tool_use', id: 'call_1', name: 'a', input: { x: 1 } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: [text('one')] }] },
    ]);
  });

  it.each(['{"x":', '[1]', '"x"'])('refuses arguments %j', (args) => {
    expect(() => toConversation([{ role: 'assistant', tool_calls: [call('t', 'a', args)] }])).toThrow(
      expect.objectContaining({ code: 'invalid_value', param: 'messages[0].tool_calls[0].function.arguments' }),
    );
  });

  it('refuses a role that it does not know', () => {
    expect(() => toConversation([{ role: 'critic', content: 'x' } as unknown as ChatMessage])).toThrow(
      expect.objectContaining({ code: 'invalid_value', param: 'messages[0].role' }),
    );
  });

  it('refuses a result of no call', () => {
    expect(() => toConversation([{ role: 'tool', content: 'x' }])).toThrow(
      expect.objectContaining({ code: 'missing_required_parameter', param: 'messages[0].tool_call_id' }),
    );
  });
});

describe('toConversation: thinking', () => {
  const thinking = { type: 'thinking', thinking: 'Hm.', signature: 'sig' };
  const blocksOf = (fields: object) =>
    toConversation([{ role: 'assistant', content: 'Yes', ...fields } as ChatMessage]).messages[0]?.content;

  it('puts signed and encrypted thinking first', () => {
    const details = [
      { type: 'reasoning.text', text: 'Hm.', signature: 'sig', format: 'anthropic-claude-v1', index: 0 },
      { type: 'reasoning.encrypted', data: 'xyz', format: 'anthropic-claude-v1', index: 1 },
    ];
    expect(blocksOf({ reasoning_details: details })).toEqual([
      thinking,
      { type: 'redacted_thinking', data: 'xyz' },
      text('Yes'),
    ]);
  });

  it('joins the deltas of a stream that a client kept one by one', () => {
    const details = [
      { type: 'reasoning.text', text: 'H', index: 0 },
      { type: 'reasoning.text', text: 'm.', index: 0 },
      { type: 'reasoning.text', text: '', signature: 'sig', index: 0 },
      { type: 'reasoning.text', text: 'Oh.', signature: 'gis', index: 1 },
    ];
    expect(blocksOf({ reasoning_details: details })).toEqual([
      thinking,
      { type: 'thinking', thinking: 'Oh.', signature: 'gis' },
      text('Yes'),
    ]);
  });

  it('takes Anthropic’s own blocks too', () => {
    const redacted = { type: 'redacted_thinking', data: 'xyz' };
    expect(blocksOf({ thinking_blocks: [thinking, redacted, { type: 'thinking', thinking: 'unsigned' }, 7] })).toEqual([
      thinking,
      redacted,
      text('Yes'),
    ]);
  });

  it('leaves out what Anthropic did not sign', () => {
    const details = [
      { type: 'reasoning.text', text: 'Hm.' },
      { type: 'reasoning.summary', summary: 'Hm.' },
      { type: 'reasoning.encrypted', data: 'xyz', format: 'google-gemini-v1' },
    ];
    expect(blocksOf({ reasoning_content: 'Hm.', reasoning_details: details })).toEqual([text('Yes')]);
  });
});
