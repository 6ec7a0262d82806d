import { describe, expect, it } from 'vitest';
import { type StreamPart } from '../provider-adapter.interface.js';
import { GeminiStreamReader } from './gemini.stream.js';

const event = (value: unknown) => `data: ${JSON.stringify(value)}\r\n\r\n`;
const HEAD = { responseId: 'r1', modelVersion: 'gemini-x' };
const piece = (parts: unknown[], more = {}, head = {}) =>
  event({ candidates: [{ content: { parts }, ...more }], ...HEAD, ...head });
const STOP = { finishReason: 'STOP' };

function read(texts: readonly string[], showsUsage = false): StreamPart[] {
  const reader = new GeminiStreamReader({ showsUsage, fallback: { id: 'fallback', model: 'fallback' } });
  const parts = [...texts.map((text) => reader.push(Buffer.from(text))), reader.end()];
  return parts.filter((part) => part !== undefined);
}

const chunksOf = (parts: readonly StreamPart[]) =>
  parts
    .flatMap(({ bytes }) => bytes.toString().split('\n\n').filter(Boolean))
    .map(
      (text) =>
        JSON.parse(text.slice('data: '.length)) as {
          choices: { index: number; delta: Record<string, unknown>; finish_reason: unknown }[];
          [name: string]: unknown;
        },
    );
const deltas = (texts: readonly string[]) =>
  chunksOf(read(texts)).flatMap(({ choices }) =>
    choices.map(({ delta, finish_reason: end }) => (end === null ? delta : end)),
  );

describe('GeminiStreamReader', () => {
  it('writes a role, texts and an end', () => {
    const parts = read([piece([{ text: 'Hel' }]), piece([{ text: 'lo' }], STOP)]);
    expect(chunksOf(parts)[0]).toEqual({
      id: 'r1',
      object: 'chat.completion.chunk',
      created: expect.any(Number) as number,
      model: 'gemini-x',
      choices: [{ index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null }],
    });
    expect(deltas([piece([{ text: 'Hel' }]), piece([{ text: 'lo' }], STOP)])).toEqual([
      { role: 'assistant', content: '' },
      { content: 'Hel' },
      { content: 'lo' },
      'stop',
    ]);
    expect(parts.map(({ hasContent, textBytes, isLast }) => [hasContent, textBytes, isLast])).toEqual([
      [true, 3, false],
      [true, 2, false],
      [true, 0, true],
    ]);
  });

  it('holds no content before there is any', () => {
    const [first] = read([piece([], {}, { usageMetadata: { promptTokenCount: 3 } })]);
    expect(first).toMatchObject({ hasContent: false, usage: { inputUncached: 3 } });
  });

  it('shows the last usage to who asked for it', () => {
    const counts = (candidatesTokenCount: number) => ({ usageMetadata: { promptTokenCount: 3, candidatesTokenCount } });
    const texts = [piece([{ text: 'a' }], {}, counts(1)), piece([{ text: 'b' }], STOP, counts(2))];
    expect(chunksOf(read(texts, true)).at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 3, completion_tokens: 2 },
    });
    expect(chunksOf(read(texts)).at(-1)).not.toHaveProperty('usage');
    expect(read(texts).findLast(({ usage }) => usage !== undefined)?.usage).toMatchObject({ output: 2 });
  });

  it('tells thoughts, and signatures with what they belong to', () => {
    const texts = [
      piece([{ text: 'Hm.', thought: true, thoughtSignature: 'a' }]),
      piece([{ text: 'Yes.' }]),
      piece([{ text: '', thoughtSignature: 'b' }], STOP),
    ];
    expect(deltas(texts).slice(1)).toEqual([
      {
        reasoning_content: 'Hm.',
        reasoning_details: [
          { type: 'reasoning.text', text: 'Hm.', signature: 'a', format: 'google-gemini-v1', index: 0 },
        ],
      },
      { content: 'Yes.' },
      { reasoning_details: [{ type: 'reasoning.encrypted', data: 'b', format: 'google-gemini-v1', index: 1 }] },
      'stop',
    ]);
  });

  it('numbers calls, and says tool_calls though Google says STOP', () => {
    const texts = [
      piece([{ functionCall: { name: 'f', args: { x: 1 }, id: 'c1' }, thoughtSignature: 's' }]),
      piece([{ functionCall: { name: 'g', id: 'c2' } }], STOP),
    ];
    expect(deltas(texts).slice(1)).toEqual([
      {
        tool_calls: [
          {
            index: 0,
            id: 'c1',
            type: 'function',
            function: { name: 'f', arguments: '{"x":1}' },
            extra_content: { google: { thought_signature: 's' } },
          },
        ],
        reasoning_details: [{ type: 'reasoning.encrypted', data: 's', id: 'c1', format: 'google-gemini-v1', index: 0 }],
      },
      { tool_calls: [{ index: 1, id: 'c2', type: 'function', function: { name: 'g', arguments: '{}' } }] },
      'tool_calls',
    ]);
  });

  it('puts the arguments together that come in pieces', () => {
    const texts = [
      piece([{ functionCall: { name: 'f', id: 'c1', willContinue: true } }]),
      piece([
        {
          functionCall: {
            partialArgs: [{ jsonPath: '$.a', stringValue: 'x', willContinue: true }],
            willContinue: true,
          },
        },
      ]),
      piece([{ functionCall: { partialArgs: [{ jsonPath: '$.a', stringValue: 'y' }], willContinue: true } }]),
      piece([{ functionCall: {} }]),
      piece([{ functionCall: { name: 'g', id: 'c2', willContinue: true } }]),
      piece([{ text: '' }], STOP),
    ];
    expect(deltas(texts).slice(1)).toEqual([
      { tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: 'f', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"a":"xy"}' } }] },
      { tool_calls: [{ index: 1, id: 'c2', type: 'function', function: { name: 'g', arguments: '' } }] },
      { tool_calls: [{ index: 1, function: { arguments: '{}' } }] },
      'tool_calls',
    ]);
  });

  it('gives images and speech', () => {
    const texts = [
      piece([{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }]),
      piece([{ inlineData: { mimeType: 'audio/L16;rate=24000', data: 'BBBB' } }], STOP),
    ];
    expect(deltas(texts).slice(1)).toEqual([
      { images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' }, index: 0 }] },
      { audio: { id: 'audio_r1', data: 'BBBB' } },
      'stop',
    ]);
  });

  it('keeps candidates apart', () => {
    const both = (a: string, b: string, more = {}) =>
      event({
        candidates: [
          { index: 0, content: { parts: [{ text: a }] }, ...more },
          { index: 1, content: { parts: [{ text: b }] }, ...more },
        ],
      });
    const chunks = chunksOf(read([both('a', 'x'), both('b', 'y', STOP)]));
    const said = (index: number) =>
      chunks
        .flatMap(({ choices }) => choices)
        .filter((choice) => choice.index === index)
        .map(({ delta, finish_reason: end }) => delta['content'] ?? end);
    expect([said(0), said(1)]).toEqual([
      ['', 'a', 'b', 'stop'],
      ['', 'x', 'y', 'stop'],
    ]);
  });

  it('cites at the end, when the text is known', () => {
    const groundingMetadata = {
      groundingChunks: [{ web: { uri: 'https://a', title: 'A' } }],
      groundingSupports: [{ segment: { endIndex: 5, text: 'Hello' }, groundingChunkIndices: [0] }],
    };
    const texts = [piece([{ text: 'Hel' }]), piece([{ text: 'lo' }], { ...STOP, groundingMetadata })];
    expect(deltas(texts).slice(-2)).toEqual([
      {
        annotations: [
          { type: 'url_citation', url_citation: { url: 'https://a', title: 'A', start_index: 0, end_index: 5 } },
        ],
      },
      'stop',
    ]);
  });

  it('counts the searches that are told once, and the tier', () => {
    const usageMetadata = { promptTokenCount: 5, candidatesTokenCount: 2, serviceTier: 'priority' };
    const groundingMetadata = { webSearchQueries: ['a', 'b'] };
    const head = { usageMetadata, modelVersion: 'gemini-3-flash' };
    const parts = read([piece([{ text: 'Hel' }], { groundingMetadata }, head), piece([{ text: 'lo' }], STOP, head)]);
    const units = { searches: 2, serviceTier: 'priority' };
    expect(parts.map((part) => part.units)).toEqual([units, units, undefined]);
  });

  it('tells probabilities with their text', () => {
    const logprobsResult = { chosenCandidates: [{ token: 'a', logProbability: -1 }] };
    const chunks = chunksOf(read([piece([{ text: 'a' }], { ...STOP, logprobsResult })]));
    expect(chunks[1]?.choices[0]).toMatchObject({
      delta: { content: 'a' },
      logprobs: { content: [{ token: 'a', logprob: -1 }] },
    });
    expect(chunks[2]?.choices[0]).toMatchObject({ logprobs: null });
  });

  it('tells that the prompt was blocked', () => {
    expect(deltas([event({ promptFeedback: { blockReason: 'SAFETY' } })])).toEqual([
      { role: 'assistant', content: '' },
      { refusal: 'The provider blocked the prompt: SAFETY.' },
      'content_filter',
    ]);
  });

  it('tells why an answer was kept back', () => {
    expect(
      deltas([
        piece([{ text: 'So' }]),
        event({ candidates: [{ finishReason: 'SAFETY', finishMessage: 'No.' }] }),
      ]).slice(1),
    ).toEqual([{ content: 'So' }, { refusal: 'No.' }, 'content_filter']);
  });

  it('reads an array too', () => {
    const value = { candidates: [{ content: { parts: [{ text: 'a' }] }, ...STOP }] };
    expect(deltas([`[${JSON.stringify(value)}\n,\n`, `${JSON.stringify(value)}]`])).toEqual([
      { role: 'assistant', content: '' },
      { content: 'a' },
      { content: 'a' },
      'stop',
    ]);
  });

  describe('fails', () => {
    const errorOf = (texts: readonly string[]) => read(texts).at(-1)?.error;

    it.each([
      ['without an end', [piece([{ text: 'a' }])]],
      ['within an event', [piece([{ text: 'a' }], STOP), 'data: {"candidates":[']],
      ['with nothing', []],
      ['with one candidate that has no end', [event({ candidates: [{ index: 0, ...STOP }, { index: 1 }] })]],
    ])('%s', (_name, texts) => {
      expect(errorOf(texts)).toMatchObject({ code: 'upstream_stream_broken', retryable: true });
    });

    it('with an error of Google’s, after what came before it', () => {
      const parts = read([
        piece([{ text: 'a' }]) +
          event({ error: { code: 503, message: 'Busy.', status: 'UNAVAILABLE' } }) +
          piece([{ text: 'b' }], STOP),
      ]);
      expect(parts).toHaveLength(1);
      expect(parts[0]).toMatchObject({
        hasContent: true,
        error: { status: 503, code: 'UNAVAILABLE', message: 'Busy.' },
      });
      expect(parts[0]?.bytes.toString()).toContain('"content":"a"');
      expect(parts[0]?.bytes.toString()).not.toContain('"content":"b"');
    });

    it('with an error in an array', () => {
      expect(errorOf(['[{"error":{"code":429,"message":"Slow down.","status":"RESOURCE_EXHAUSTED"}}]'])).toMatchObject({
        status: 429,
      });
    });

    it('with what is no JSON', () => {
      expect(errorOf(['data: {nonsense}\n\n'])).toMatchObject({ code: 'upstream_invalid_response' });
    });
  });
});

describe('a stream whose fields have other shapes than they should', () => {
  it.each([{ candidates: {} }, { candidates: [null] }])('is told as no valid one: %j', (value) => {
    const parts = read([piece([{ text: 'Hello' }]), event(value)]);
    expect(parts.at(-1)?.error).toMatchObject({ code: 'upstream_invalid_response' });
  });
});
