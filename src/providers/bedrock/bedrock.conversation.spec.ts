import { describe, expect, it } from 'vitest';
import { type ChatMessage } from '../../protocol/chat-completions.js';
import { UnsupportedParameters } from '../unsupported-parameters.js';
import { ContentTranslation } from './bedrock.content.js';
import { type Conversation, toConversation } from './bedrock.conversation.js';
import { bedrockModel } from './bedrock.models.js';

const CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const PNG = 'iVBORw0KGgo=';
const PDF = Buffer.from('%PDF-1.4').toString('base64');

interface Translated extends Conversation {
  readonly warnings: readonly string[];
}

function translate(messages: unknown[], model = CLAUDE): Translated {
  const unsupported = new UnsupportedParameters('warn');
  const translation = new ContentTranslation(bedrockModel(model), unsupported);
  return { ...toConversation(messages as ChatMessage[], translation), warnings: unsupported.names };
}

const user = (...content: object[]): unknown => ({ role: 'user', content });
const call = (id: string, name = 'f', text = '{}'): object => ({
  id,
  type: 'function',
  function: { name, arguments: text },
});
const result = (id: string, content: unknown = 'ok'): unknown => ({ role: 'tool', tool_call_id: id, content });

describe('toConversation', () => {
  it('puts all instructions before the conversation', () => {
    const { system, messages } = translate([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'Hi' },
      { role: 'developer', content: [{ type: 'text', text: 'Be brief.' }] },
    ]);
    expect(system).toEqual([{ text: 'Be kind.' }, { text: 'Be brief.' }]);
    expect(messages).toEqual([{ role: 'user', content: [{ text: 'Hi' }] }]);
  });

  it('makes a turn of instructions alone', () => {
    expect(translate([{ role: 'system', content: 'Sing.' }])).toMatchObject({
      system: [],
      messages: [{ role: 'user', content: [{ text: 'Sing.' }] }],
    });
  });

  it('joins messages of one side, and leaves out what holds nothing', () => {
    const { messages } = translate([
      { role: 'user', content: 'One' },
      { role: 'assistant', content: ' \n' },
      { role: 'user', content: 'Two' },
      { role: 'assistant', content: 'Three' },
      { role: 'assistant', content: null, refusal: 'No' },
    ]);
    expect(messages).toEqual([
      { role: 'user', content: [{ text: 'One' }, { text: 'Two' }] },
      { role: 'assistant', content: [{ text: 'Three' }, { text: 'No' }] },
    ]);
  });

  it('trims the end of an answer that the model is to go on from', () => {
    const messages = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'It is ' },
    ];
    expect(translate(messages).messages.at(-1)).toEqual({ role: 'assistant', content: [{ text: 'It is' }] });
    // Not in the middle.
    expect(translate([...messages, { role: 'user', content: 'Go on' }]).messages[1]?.content).toEqual([
      { text: 'It is ' },
    ]);
  });

  it('puts the results of several calls into one turn, before what else the client says', () => {
    const { messages } = translate([
      { role: 'user', content: 'Both' },
      { role: 'assistant', content: 'I look.', tool_calls: [call('a', 'f', '{"x":1}'), call('b', 'g', ' ')] },
      result('a'),
      { role: 'user', content: 'And?' },
      result('b', [{ type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } }]),
    ]);
    expect(messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: [
          { text: 'I look.' },
          { toolUse: { toolUseId: 'a', name: 'f', input: { x: 1 } } },
          { toolUse: { toolUseId: 'b', name: 'g', input: {} } },
        ],
      },
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: 'a', content: [{ text: 'ok' }] } },
          { toolResult: { toolUseId: 'b', content: [{ image: { format: 'png', source: { bytes: PNG } } }] } },
          { text: 'And?' },
        ],
      },
    ]);
  });

  it('tells a call that failed', () => {
    const failed = { ...(result('a', 'no such city') as object), is_error: true };
    expect(translate([failed]).messages[0]?.content).toEqual([
      { toolResult: { toolUseId: 'a', content: [{ text: 'no such city' }], status: 'error' } },
    ]);
  });

  it('makes ids that Bedrock takes, the same for a call and its result', () => {
    const strange = 'call|ä/1';
    const long = 'x'.repeat(200);
    const { messages } = translate([
      { role: 'assistant', tool_calls: [call(strange), call(long), call(`${long}y`)] },
      result(strange),
      result(long),
    ]);
    const ids = messages.flatMap(({ content }) =>
      content.map((block) =>
        'toolUse' in block ? block.toolUse : 'toolResult' in block ? block.toolResult : undefined,
      ),
    );
    const [first, second, third, ...results] = ids.map((one) => one?.toolUseId ?? '');
    expect(first).toBe('call___1');
    expect(results).toEqual([first, second]);
    expect(second).not.toBe(third);
    for (const id of [first, second, third]) expect(id).toMatch(/^[a-zA-Z0-9_.:-]{1,64}$/);
  });

  it('understands the older form of calls', () => {
    const { messages } = translate([
      { role: 'assistant', function_call: { name: 'f', arguments: '{}' } },
      { role: 'function', name: 'f', content: 'ok' },
    ]);
    expect(messages).toEqual([
      { role: 'assistant', content: [{ toolUse: { toolUseId: 'call_0', name: 'f', input: {} } }] },
      { role: 'user', content: [{ toolResult: { toolUseId: 'call_0', content: [{ text: 'ok' }] } }] },
    ]);
  });

  it.each([
    [
      'arguments that are no JSON',
      [{ role: 'assistant', tool_calls: [call('a', 'f', '{')] }],
      'messages[0].tool_calls[0].function.arguments',
    ],
    [
      'arguments that are no object',
      [{ role: 'assistant', tool_calls: [call('a', 'f', '[]')] }],
      'messages[0].tool_calls[0].function.arguments',
    ],
    ['a result of no call', [{ role: 'tool', content: 'x' }], 'messages[0].tool_call_id'],
    [
      'an image among instructions',
      [{ role: 'system', content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } }] }],
      'messages[0].content',
    ],
    [
      'an image by URL',
      [user({ type: 'image_url', image_url: { url: 'https://x.example/cat.png' } })],
      'messages[0].content[0].image_url.url',
    ],
    ['audio', [user({ type: 'input_audio', input_audio: { data: '', format: 'wav' } })], 'messages[0].content[0].type'],
    ['a file by its id', [user({ type: 'file', file: { file_id: 'file-1' } })], 'messages[0].content[0].file'],
    [
      'a file by URL',
      [user({ type: 'file', file: { file_data: 'https://x.example/a.pdf' } })],
      'messages[0].content[0].file',
    ],
    [
      'a file of another kind',
      [user({ type: 'file', file: { filename: 'a.zip', file_data: 'UEsDBA==' } })],
      'messages[0].content[0].file.file_data',
    ],
    [
      'a data URL that is none',
      [user({ type: 'image_url', image_url: { url: 'data:image/png' } })],
      'messages[0].content[0].image_url.url',
    ],
  ])('refuses %s', (_name, messages, param) => {
    expect(() => translate(messages)).toThrow(expect.objectContaining({ status: 400, param }));
  });

  it('tells of names and of the detail of images', () => {
    const image = { url: `data:image/jpg;base64,${PNG}`, detail: 'high' };
    const { messages, warnings } = translate([
      { role: 'user', name: 'ada', content: 'Hi' },
      user({ type: 'image_url', image_url: image }, { type: 'image_url', image_url: { ...image, detail: 'auto' } }),
    ]);
    expect(warnings).toEqual(['messages[0].name', 'messages[1].content[0].image_url.detail']);
    expect(messages[0]?.content[1]).toEqual({ image: { format: 'jpeg', source: { bytes: PNG } } });
  });

  it('carries files, under names that Bedrock takes', () => {
    const file = (filename: string | undefined, data: string): object => ({
      type: 'file',
      file: { filename, file_data: data },
    });
    const { messages } = translate([
      user(
        { type: 'text', text: 'Sum up.' },
        file('Bericht_2026 (ä).pdf', `data:application/pdf;base64,${PDF}`),
        file(undefined, PDF),
        { ...file('a.csv', 'YQ=='), context: 'Of March', citations: { enabled: true } },
        file('a.json', 'data:application/json,{}'),
        file('cat.png', PNG),
      ),
    ]);
    expect(messages[0]?.content.slice(1)).toEqual([
      { document: { format: 'pdf', name: 'Bericht 2026 ( )', source: { bytes: PDF } } },
      { document: { format: 'pdf', name: 'document', source: { bytes: PDF } } },
      {
        document: {
          format: 'csv',
          name: 'a',
          source: { bytes: 'YQ==' },
          context: 'Of March',
          citations: { enabled: true },
        },
      },
      { document: { format: 'txt', name: 'a (2)', source: { bytes: Buffer.from('{}').toString('base64') } } },
      { image: { format: 'png', source: { bytes: PNG } } },
    ]);
  });
});

describe('toConversation: breakpoints', () => {
  const cached = { cache_control: { type: 'ephemeral', ttl: '1h' } };
  const messages = [
    { role: 'system', content: [{ type: 'text', text: 'Long.', cache_control: { type: 'ephemeral' } }] },
    { role: 'assistant', tool_calls: [call('a')] },
    result('a', [{ type: 'text', text: 'ok', ...cached }]),
    { role: 'user', content: 'Hi', ...cached },
  ];

  it('follow what they mark', () => {
    const { system, messages: turns, warnings } = translate(messages);
    const point = { cachePoint: { type: 'default', ttl: '1h' } };
    expect(system).toEqual([{ text: 'Long.' }, { cachePoint: { type: 'default' } }]);
    expect(turns.at(-1)?.content).toEqual([
      { toolResult: { toolUseId: 'a', content: [{ text: 'ok' }] } },
      point,
      { text: 'Hi' },
      point,
    ]);
    expect(warnings).toEqual([]);
  });

  it('are told where the model has no cache', () => {
    const { system, warnings } = translate(messages, 'meta.llama3-1-70b-instruct-v1:0');
    expect(system).toEqual([{ text: 'Long.' }]);
    expect(warnings).toEqual([
      'messages[0].content[0].cache_control',
      'messages[2].content[0].cache_control',
      'messages[3].cache_control',
    ]);
  });
});

describe('toConversation: reasoning', () => {
  const history = (details: object[]): unknown[] => [
    { role: 'assistant', content: 'So.', reasoning_content: 'Hm', reasoning_details: details },
  ];
  const blocksOf = (details: object[], model?: string): unknown =>
    translate(history(details), model).messages[0]?.content;

  it('goes back signed or encrypted, joined from the pieces of a stream', () => {
    const format = 'anthropic-claude-v1';
    expect(
      blocksOf([
        { type: 'reasoning.text', text: 'First ', format, index: 0 },
        { type: 'reasoning.text', text: 'this.', format, index: 0 },
        { type: 'reasoning.text', text: '', signature: 'c2ln', format, index: 0 },
        { type: 'reasoning.encrypted', data: 'EuYBCg', format, index: 1 },
      ]),
    ).toEqual([
      { reasoningContent: { reasoningText: { text: 'First this.', signature: 'c2ln' } } },
      { reasoningContent: { redactedContent: Buffer.from('EuYBCg').toString('base64') } },
      { text: 'So.' },
    ]);
  });

  it.each([
    ['that nobody signed', [{ type: 'reasoning.text', text: 'Hm' }], undefined],
    [
      'of another provider',
      [{ type: 'reasoning.text', text: 'Hm', signature: 's', format: 'google-gemini-v1' }],
      undefined,
    ],
    [
      'of Claude, to another model',
      [{ type: 'reasoning.text', text: 'Hm', signature: 's', format: 'anthropic-claude-v1' }],
      'amazon.nova-2-lite-v1:0',
    ],
    ['that is a summary', [{ type: 'reasoning.summary', summary: 'Hm' }], undefined],
  ])('stays here %s', (_name, details, model) => {
    expect(blocksOf(details, model)).toEqual([{ text: 'So.' }]);
  });

  it('goes back to another model as it came', () => {
    const format = 'bedrock-converse-v1';
    const details = [
      { type: 'reasoning.text', text: 'Hm', signature: 'own', format },
      { type: 'reasoning.encrypted', data: 'AAECgA==', format },
    ];
    expect(blocksOf(details, 'openai.gpt-oss-120b-1:0')).toEqual([
      { reasoningContent: { reasoningText: { text: 'Hm', signature: 'own' } } },
      { reasoningContent: { redactedContent: 'AAECgA==' } },
      { text: 'So.' },
    ]);
  });
});
