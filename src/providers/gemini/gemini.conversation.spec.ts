import { describe, expect, it } from 'vitest';
import { type ChatMessage } from '../../protocol/chat-completions.js';
import { UnsupportedParameters } from '../unsupported-parameters.js';
import { toConversation } from './gemini.conversation.js';
import { modelTraits } from './gemini.models.js';
import { NO_SIGNATURE } from './gemini.reasoning.js';

const FLASH = 'gemini-2.5-flash';
const THREE = 'gemini-3-flash-preview';

function read(
  messages: unknown[],
  model = FLASH,
  { fetchesUrls = true, unsupported = new UnsupportedParameters('warn') } = {},
) {
  return toConversation(messages as ChatMessage[], { traits: modelTraits(model), fetchesUrls, unsupported });
}

const user = (content: unknown) => ({ role: 'user', content });
const call = (id: string, name: string, text = '{}', more = {}) => ({
  id,
  type: 'function',
  function: { name, arguments: text },
  ...more,
});
const assistant = (...calls: unknown[]) => ({ role: 'assistant', content: null, tool_calls: calls });
const result = (id: string, content: unknown) => ({ role: 'tool', tool_call_id: id, content });
const signed = (signature: string) => ({ extra_content: { google: { thought_signature: signature } } });
const said = (role: 'user' | 'model', text: string) => ({ role, parts: [{ text }] });

describe('toConversation', () => {
  it('gathers instructions, joins turns and leaves out what is empty', () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      user('One.'),
      user([
        { type: 'text', text: 'Two.' },
        { type: 'text', text: '' },
      ]),
      { role: 'assistant', content: 'Three.' },
      { role: 'assistant', content: '' },
      user(''),
      { role: 'developer', content: [{ type: 'text', text: 'Be kind.' }] },
      user('Four.'),
    ];
    expect(read(messages)).toEqual({
      system: [{ text: 'Be brief.' }, { text: 'Be kind.' }],
      contents: [
        { role: 'user', parts: [{ text: 'One.' }, { text: 'Two.' }] },
        said('model', 'Three.'),
        said('user', 'Four.'),
      ],
    });
  });

  it('makes a conversation of instructions alone', () => {
    expect(read([{ role: 'system', content: 'Go.' }])).toEqual({ system: [], contents: [said('user', 'Go.')] });
  });

  it('opens the conversation with them where the model takes none', () => {
    const messages = [{ role: 'system', content: 'Be brief.' }, user('Hi')];
    expect(read(messages, 'gemma-3-27b-it')).toEqual({
      system: [],
      contents: [{ role: 'user', parts: [{ text: 'Be brief.' }, { text: 'Hi' }] }],
    });
  });

  describe('with calls', () => {
    it('matches results by their names, in the order of the calls', () => {
      const messages = [
        user('Hi'),
        assistant(call('a', 'sum', '{"x":1}'), call('b', 'sum', '{"x":2}')),
        result('b', 'two'),
        result('a', 'one'),
        user('And?'),
      ];
      expect(read(messages).contents.slice(1)).toEqual([
        {
          role: 'model',
          parts: [{ functionCall: { name: 'sum', args: { x: 1 } } }, { functionCall: { name: 'sum', args: { x: 2 } } }],
        },
        {
          role: 'user',
          parts: [
            { functionResponse: { name: 'sum', response: { result: 'one' } } },
            { functionResponse: { name: 'sum', response: { result: 'two' } } },
            { text: 'And?' },
          ],
        },
      ]);
    });

    it('keeps the ids for models that have them', () => {
      const { contents } = read(
        [user('Hi'), assistant(call('a', 'sum', '{}', signed('sig'))), result('a', 'one')],
        THREE,
      );
      expect(contents.slice(1)).toEqual([
        { role: 'model', parts: [{ functionCall: { id: 'a', name: 'sum', args: {} }, thoughtSignature: 'sig' }] },
        { role: 'user', parts: [{ functionResponse: { id: 'a', name: 'sum', response: { result: 'one' } } }] },
      ]);
    });

    it.each([
      ['{"a":1}', { a: 1 }],
      ['[1,2]', { result: [1, 2] }],
      ['5', { result: '5' }],
      ['{broken', { result: '{broken' }],
      ['', { result: '' }],
    ])('gives the result %j to the model', (content, response) => {
      const { contents } = read([user('Hi'), assistant(call('a', 'f')), result('a', content)]);
      expect(contents[2]?.parts).toEqual([{ functionResponse: { name: 'f', response } }]);
    });

    it('puts images of a result beside it', () => {
      const content = [
        { type: 'text', text: 'Look.' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
      ];
      expect(read([user('Hi'), assistant(call('a', 'f')), result('a', content)]).contents[2]?.parts).toEqual([
        { functionResponse: { name: 'f', response: { result: 'Look.' } } },
        { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
      ]);
    });

    it('takes the older form of calls', () => {
      const messages = [
        user('Hi'),
        { role: 'assistant', function_call: { name: 'f', arguments: '{"x":1}' } },
        { role: 'function', name: 'f', content: 'done' },
      ];
      expect(read(messages).contents.slice(1)).toEqual([
        { role: 'model', parts: [{ functionCall: { name: 'f', args: { x: 1 } } }] },
        { role: 'user', parts: [{ functionResponse: { name: 'f', response: { result: 'done' } } }] },
      ]);
    });

    it('refuses a result of no call', () => {
      expect(() => read([user('Hi'), result('x', 'one')])).toThrow(
        expect.objectContaining({ status: 400, param: 'messages[1].tool_call_id' }),
      );
    });

    it('refuses arguments that are no object', () => {
      expect(() => read([user('Hi'), assistant(call('a', 'f', '[1'))])).toThrow(
        expect.objectContaining({ status: 400, param: 'messages[1].tool_calls[0].function.arguments' }),
      );
    });
  });

  describe('with signatures', () => {
    const parts = (message: unknown, model = THREE) => read([user('Hi'), message], model).contents[1]?.parts;
    const detail = (more: object) => ({ format: 'google-gemini-v1', index: 0, ...more });

    it('puts them back, from whichever place they were kept in', () => {
      const made = { functionCall: { id: 'a', name: 'f', args: {} }, thoughtSignature: 'sig' };
      expect(parts(assistant(call('a', 'f', '{}', signed('sig'))))).toEqual([made]);
      expect(
        parts(assistant(call('a', 'f', '{}', { extra_content: { vertex: { thought_signature: 'sig' } } }))),
      ).toEqual([made]);
      const details = [detail({ type: 'reasoning.encrypted', data: 'sig', id: 'a' })];
      expect(parts({ ...assistant(call('a', 'f')), reasoning_details: details })).toEqual([made]);
      expect(parts({ ...assistant(call('a', 'f')), ...signed('sig') })).toEqual([made]);
    });

    it('puts those of texts and thoughts back', () => {
      const details = [
        detail({ type: 'reasoning.text', text: 'Hm.', signature: 'of the thought' }),
        detail({ type: 'reasoning.encrypted', data: 'of the text', index: 1 }),
      ];
      expect(
        parts({ role: 'assistant', content: 'Yes.', reasoning_content: 'Hm.', reasoning_details: details }),
      ).toEqual([
        { text: 'Hm.', thought: true, thoughtSignature: 'of the thought' },
        { text: 'Yes.', thoughtSignature: 'of the text' },
      ]);
      expect(
        parts({
          role: 'assistant',
          content: '',
          reasoning_details: [detail({ type: 'reasoning.encrypted', data: 's' })],
        }),
      ).toEqual([{ text: '', thoughtSignature: 's' }]);
    });

    it('leaves out what others thought', () => {
      const details = [
        { type: 'reasoning.text', text: 'Hm.', signature: 'x', format: 'anthropic-claude-v1', index: 0 },
        { type: 'reasoning.encrypted', data: 'y', id: 'a' },
      ];
      const message = { role: 'assistant', content: 'Yes.', reasoning_content: 'Hm.', reasoning_details: details };
      expect(parts(message)).toEqual([{ text: 'Yes.' }]);
    });

    it('has the first call of another model pass, where signatures are needed', () => {
      const message = assistant(call('a', 'f'), call('b', 'g'));
      expect(parts(message)).toEqual([
        { functionCall: { id: 'a', name: 'f', args: {} }, thoughtSignature: NO_SIGNATURE },
        { functionCall: { id: 'b', name: 'g', args: {} } },
      ]);
      expect(parts(message, FLASH)?.[0]).toEqual({ functionCall: { name: 'f', args: {} } });
    });
  });

  describe('with media', () => {
    const part = (content: unknown, options = {}) => read([user([content])], FLASH, options).contents[0]?.parts[0];
    const url = (address: string) => ({ type: 'image_url', image_url: { url: address } });

    it.each<[string, unknown, unknown]>([
      ['an image', url('data:image/jpg;base64,AAAA'), { inlineData: { mimeType: 'image/jpeg', data: 'AAAA' } }],
      [
        'an image by URL',
        url('https://a.b/c.png?d=1'),
        { fileData: { fileUri: 'https://a.b/c.png?d=1', mimeType: 'image/png' } },
      ],
      [
        'an image of a type untold',
        url('https://a.b/c'),
        { fileData: { fileUri: 'https://a.b/c', mimeType: 'image/jpeg' } },
      ],
      [
        'an image in a bucket',
        url('gs://b/c.webp'),
        { fileData: { fileUri: 'gs://b/c.webp', mimeType: 'image/webp' } },
      ],
      [
        'audio',
        { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
        { inlineData: { mimeType: 'audio/mp3', data: 'AAAA' } },
      ],
      [
        'a video',
        { type: 'video_url', video_url: { url: 'https://youtu.be/x' } },
        { fileData: { fileUri: 'https://youtu.be/x', mimeType: 'video/mp4' } },
      ],
      [
        'a PDF',
        { type: 'file', file: { file_data: 'data:application/pdf;base64,AAAA' } },
        { inlineData: { mimeType: 'application/pdf', data: 'AAAA' } },
      ],
      [
        'bare base64',
        { type: 'file', file: { file_data: 'AAAA', filename: 'a.csv' } },
        { inlineData: { mimeType: 'text/plain', data: 'AAAA' } },
      ],
      [
        'an uploaded file',
        { type: 'file', file: { file_id: 'files/1' } },
        { fileData: { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/1' } },
      ],
      [
        'a file by URI',
        { type: 'file', file: { file_id: 'gs://b/a.pdf' } },
        { fileData: { fileUri: 'gs://b/a.pdf', mimeType: 'application/pdf' } },
      ],
    ])('carries %s', (_name, content, expected) => {
      expect(part(content)).toEqual(expected);
    });

    it.each<[string, unknown, string]>([
      ['another provider’s file', { type: 'file', file: { file_id: 'file-1' } }, 'file.file_id'],
      ['a file of no type', { type: 'file', file: { file_data: 'AAAA' } }, 'file.file_data'],
      ['no file', { type: 'file', file: {} }, 'file'],
      ['a broken URL', url('data:image/png'), 'image_url.url'],
      ['a URL of another kind', url('ftp://a.b/c.png'), 'image_url.url'],
      ['what nobody knows', { type: 'smell' }, 'type'],
    ])('refuses %s', (_name, content, param) => {
      expect(() => part(content)).toThrow(
        expect.objectContaining({ status: 400, param: `messages[0].content[0].${param}` }),
      );
    });

    it('refuses URLs where nobody fetches them, but not Google’s own', () => {
      expect(() => part(url('https://a.b/c.png'), { fetchesUrls: false })).toThrow(
        expect.objectContaining({ code: 'unsupported_parameter', param: 'messages[0].content[0].image_url.url' }),
      );
      expect(part(url('gs://b/c.png'), { fetchesUrls: false })).toMatchObject({
        fileData: { fileUri: 'gs://b/c.png' },
      });
    });

    it('says that it cannot choose the detail', () => {
      const unsupported = new UnsupportedParameters('warn');
      part({ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } }, { unsupported });
      expect(unsupported.names).toEqual(['messages[0].content[0].image_url.detail']);
    });

    it('sends the images and the speech of earlier answers back', () => {
      const message = {
        role: 'assistant',
        content: 'Here.',
        images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' }, ...signed('sig') }],
        audio: { id: 'audio_1', data: 'BBBB' },
      };
      expect(read([user('Hi'), message]).contents[1]?.parts).toEqual([
        { text: 'Here.' },
        { inlineData: { mimeType: 'image/png', data: 'AAAA' }, thoughtSignature: 'sig' },
        { inlineData: { mimeType: 'audio/L16;rate=24000', data: 'BBBB' } },
      ]);
      const named = { role: 'assistant', content: null, audio: { id: 'audio_1' } };
      expect(() => read([user('Hi'), named])).toThrow(expect.objectContaining({ param: 'messages[1].audio.id' }));
    });

    it('takes no images in instructions', () => {
      const content = [{ type: 'text', text: 'a' }, url('data:image/png;base64,AAAA')];
      expect(() => read([{ role: 'system', content }])).toThrow(
        expect.objectContaining({ status: 400, param: 'messages[0].content[1]' }),
      );
    });
  });
});
