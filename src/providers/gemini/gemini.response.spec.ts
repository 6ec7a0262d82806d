import { describe, expect, it } from 'vitest';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { JsonBody } from '../../protocol/json-body.js';
import { Cancellation } from '../../upstream/cancellation.js';
import { UnsupportedParameters } from '../unsupported-parameters.js';
import { toChatAnswer } from './gemini.response.js';

const STOP = { finishReason: 'STOP', index: 0 };

function translate(response: unknown, request: Partial<ChatCompletionRequest> = {}) {
  const body = Buffer.from(typeof response === 'string' ? response : JSON.stringify(response));
  const answer = toChatAnswer(
    { status: 200, headers: {}, body },
    {
      requestId: 'request-1',
      request: { model: 'fast', messages: [], ...request },
      body: JsonBody.of({}),
      upstreamModel: 'gemini-x',
      unsupported: new UnsupportedParameters('warn'),
      cancellation: new Cancellation(),
    },
  );
  const completion = JSON.parse(answer.bytes.toString()) as {
    choices: { message: Record<string, unknown>; finish_reason: string; index: number }[];
    [name: string]: unknown;
  };
  return { answer, completion, choice: completion.choices[0] };
}

const ofParts = (parts: unknown[], more = {}) => ({
  candidates: [{ content: { parts, role: 'model' }, ...STOP, ...more }],
});

describe('toChatAnswer', () => {
  it('says who answered, when, and at what cost', () => {
    const { answer, completion } = translate({
      ...ofParts([{ text: 'Hello' }]),
      responseId: 'r1',
      modelVersion: 'gemini-2.5-flash',
      createTime: '2026-08-19T14:34:21.877166Z',
      usageMetadata: {
        promptTokenCount: 5,
        candidatesTokenCount: 2,
        thoughtsTokenCount: 3,
        totalTokenCount: 10,
        serviceTier: 'standard',
      },
    });
    expect(completion).toEqual({
      id: 'r1',
      object: 'chat.completion',
      created: 1_787_150_061,
      model: 'gemini-2.5-flash',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 5,
        completion_tokens: 5,
        total_tokens: 10,
        prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 3 },
      },
      service_tier: 'default',
    });
    expect(answer).toMatchObject({ usage: { inputUncached: 5, output: 2, reasoning: 3 }, textBytes: 5 });
  });

  it.each([
    ['gemini-3-pro-preview', 3],
    ['gemini-2.5-flash', 1],
  ])('counts the searches and the tier that Google bills of %s', (modelVersion, searches) => {
    const queried = (...webSearchQueries: string[]) => ({
      content: { parts: [{ text: 'Hello' }] },
      finishReason: 'STOP',
      groundingMetadata: { webSearchQueries },
    });
    const usageMetadata = { promptTokenCount: 5, candidatesTokenCount: 2, serviceTier: 'flex' };
    const candidates = [queried('a', 'b'), queried('c')];
    expect(translate({ candidates, modelVersion, usageMetadata }).answer.units).toEqual({
      searches,
      serviceTier: 'flex',
    });
  });

  it.each([
    ['ON_DEMAND', undefined],
    ['ON_DEMAND_FLEX', 'flex'],
    ['ON_DEMAND_PRIORITY', 'priority'],
    ['PROVISIONED_THROUGHPUT', undefined],
  ])('takes the traffic %s of Vertex AI for the tier %s', (trafficType, tier) => {
    const usageMetadata = { promptTokenCount: 5, candidatesTokenCount: 2, trafficType };
    const { answer, completion } = translate({ ...ofParts([{ text: 'Hello' }]), usageMetadata });
    expect([answer.units?.serviceTier, completion.service_tier]).toEqual([tier, tier]);
  });

  it('says what it knows where Google does not', () => {
    const { answer, completion } = translate(ofParts([{ text: 'Hello' }]));
    expect(completion).toMatchObject({ id: 'request-1', model: 'gemini-x' });
    expect(answer.usage).toBeUndefined();
  });

  it('keeps thoughts apart, and signatures with what they belong to', () => {
    const { choice } = translate(
      ofParts([
        { text: 'Hm. ', thought: true },
        { text: 'Well.', thought: true, thoughtSignature: 'a' },
        { text: 'Yes', thoughtSignature: 'b' },
        { functionCall: { name: 'f', args: { x: 1 }, id: 'c1' }, thoughtSignature: 'c' },
        { functionCall: { name: 'g' } },
      ]),
    );
    const made = choice?.message['tool_calls'] as { id: string }[];
    expect(choice).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: 'Yes',
        reasoning_content: 'Hm. Well.',
        reasoning_details: [
          { type: 'reasoning.text', text: 'Well.', signature: 'a', format: 'google-gemini-v1', index: 0 },
          { type: 'reasoning.encrypted', data: 'b', format: 'google-gemini-v1', index: 1 },
          { type: 'reasoning.encrypted', data: 'c', id: 'c1', format: 'google-gemini-v1', index: 2 },
        ],
        tool_calls: [
          {
            id: 'c1',
            type: 'function',
            function: { name: 'f', arguments: '{"x":1}' },
            extra_content: { google: { thought_signature: 'c' } },
          },
          { type: 'function', function: { name: 'g', arguments: '{}' } },
        ],
      },
    });
    expect(made[1]?.id).toMatch(/^call_[0-9a-f]{24}$/);
  });

  it('shows the code that Google ran among the thoughts', () => {
    const { choice } = translate(
      ofParts([
        { executableCode: { language: 'PYTHON', code: 'print(6*7)\n' } },
        { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '42' } },
        { text: '42.' },
      ]),
    );
    expect(choice?.message).toEqual({
      role: 'assistant',
      content: '42.',
      refusal: null,
      reasoning_content: '```python\nprint(6*7)\n```\n```\n42\n```\n',
    });
  });

  it('gives images and speech', () => {
    const { choice } = translate(
      ofParts([
        { inlineData: { mimeType: 'image/png', data: 'AAAA' }, thoughtSignature: 's' },
        { inlineData: { mimeType: 'audio/L16;codec=pcm;rate=24000', data: 'AAEC' } },
      ]),
    );
    expect(choice?.message).toMatchObject({
      content: null,
      images: [
        {
          type: 'image_url',
          image_url: { url: 'data:image/png;base64,AAAA' },
          index: 0,
          extra_content: { google: { thought_signature: 's' } },
        },
      ],
      audio: { id: 'audio_request-1', data: 'AAEC', transcript: '' },
    });
  });

  it('makes WAV of the speech where it was asked for', () => {
    const samples = Buffer.from([1, 2, 3, 4]);
    const blob = { mimeType: 'audio/L16;codec=pcm;rate=16000', data: samples.toString('base64') };
    const { choice } = translate(ofParts([{ inlineData: blob }]), { audio: { format: 'wav', voice: 'Kore' } });
    const { data } = (choice?.message['audio'] ?? {}) as { data?: string };
    const wav = Buffer.from(data ?? '', 'base64');
    expect([wav.toString('latin1', 0, 4), wav.toString('latin1', 8, 16), wav.readUInt32LE(24)]).toEqual([
      'RIFF',
      'WAVEfmt ',
      16_000,
    ]);
    expect([wav.readUInt32LE(4), wav.readUInt32LE(40), wav.subarray(44)]).toEqual([wav.length - 8, 4, samples]);
  });

  it('gives every candidate', () => {
    const { completion } = translate({
      candidates: [
        { content: { parts: [{ text: 'a' }] }, finishReason: 'STOP' },
        { content: { parts: [{ text: 'b' }] }, finishReason: 'MAX_TOKENS', index: 1 },
      ],
    });
    expect(
      completion.choices.map(({ index, message, finish_reason: end }) => [index, message['content'], end]),
    ).toEqual([
      [0, 'a', 'stop'],
      [1, 'b', 'length'],
    ]);
  });

  it.each<[string, object, string, string | null, string | null]>([
    ['SAFETY', {}, 'content_filter', '', 'The provider ended the answer: SAFETY.'],
    [
      'RECITATION',
      { content: { parts: [{ text: 'So' }] } },
      'content_filter',
      'So',
      'The provider ended the answer: RECITATION.',
    ],
    ['MALFORMED_FUNCTION_CALL', { finishMessage: 'Broken.' }, 'content_filter', '', 'Broken.'],
    ['OTHER', {}, 'content_filter', '', 'The provider ended the answer: OTHER.'],
    ['MAX_TOKENS', { content: {} }, 'length', '', null],
    ['SOMETHING_NEW', { content: { parts: [{ text: 'So' }] } }, 'stop', 'So', null],
    ['SOMETHING_NEW', {}, 'content_filter', '', 'The provider ended the answer: SOMETHING_NEW.'],
  ])('tells %s', (finishReason, candidate, finish, content, refusal) => {
    const { choice } = translate({ candidates: [{ finishReason, ...candidate }] });
    expect([choice?.finish_reason, choice?.message['content'] ?? '', choice?.message['refusal']]).toEqual([
      finish,
      content,
      refusal,
    ]);
  });

  it('passes a call on that was not expected', () => {
    const { choice } = translate(ofParts([{ functionCall: { name: 'f' } }], { finishReason: 'UNEXPECTED_TOOL_CALL' }));
    expect([choice?.finish_reason, choice?.message['refusal']]).toEqual(['tool_calls', null]);
  });

  it.each([
    [{ blockReason: 'SAFETY' }, 'The provider blocked the prompt: SAFETY.'],
    [{ blockReason: 'OTHER', blockReasonMessage: 'No.' }, 'No.'],
  ])('tells that the prompt was blocked', (promptFeedback, refusal) => {
    const { completion } = translate({ promptFeedback });
    expect(completion.choices).toEqual([
      {
        index: 0,
        message: { role: 'assistant', content: null, refusal },
        logprobs: null,
        finish_reason: 'content_filter',
      },
    ]);
  });

  it('cites what the answer rests on, in characters', () => {
    const { choice } = translate(
      ofParts([{ text: 'Größe: 3 m. Höhe: 4 m.' }], {
        groundingMetadata: {
          groundingChunks: [
            { web: { uri: 'https://a', title: 'A' } },
            { retrievedContext: { title: 'no URL' } },
            { web: { uri: 'https://b' } },
          ],
          groundingSupports: [
            { segment: { startIndex: 14, endIndex: 25, text: 'Höhe: 4 m.' }, groundingChunkIndices: [0, 1] },
          ],
        },
        citationMetadata: { citationSources: [{ endIndex: 13, uri: 'https://c' }, { endIndex: 3 }] },
      }),
    );
    const place = (url: string, title: string, start: number, end: number) => ({
      type: 'url_citation',
      url_citation: { url, title, start_index: start, end_index: end },
    });
    expect(choice?.message['annotations']).toEqual([
      place('https://a', 'A', 12, 22),
      place('https://b', '', 0, 22),
      place('https://c', '', 0, 11),
    ]);
  });

  it('tells probabilities', () => {
    const { choice } = translate(
      ofParts([{ text: 'é' }], {
        logprobsResult: {
          chosenCandidates: [{ token: 'é', logProbability: -0.5 }],
          topCandidates: [{ candidates: [{ token: 'e', logProbability: -2 }] }],
        },
      }),
    );
    expect(choice).toMatchObject({
      logprobs: {
        content: [
          { token: 'é', logprob: -0.5, bytes: [195, 169], top_logprobs: [{ token: 'e', logprob: -2, bytes: [101] }] },
        ],
      },
    });
  });

  it.each([
    ['nothing', '', 'upstream_invalid_response'],
    ['no JSON', '<html>', 'upstream_invalid_response'],
    ['no answer', '{"usageMetadata":{}}', 'upstream_invalid_response'],
    ['an error', '{"error":{"code":503,"message":"Busy.","status":"UNAVAILABLE"}}', 'UNAVAILABLE'],
  ])('refuses %s', (_name, body, code) => {
    expect(() => translate(body)).toThrow(expect.objectContaining({ code }));
  });
});
