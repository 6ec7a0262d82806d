import { describe, expect, it } from 'vitest';
import { type CompletionRequest } from '../../protocol/completions.js';
import { NO_TOKENS } from '../../protocol/token-usage.js';
import { UnsupportedParameters } from '../unsupported-parameters.js';
import { CompletionChunks, toCompletionAnswer, toGenerateRequest } from './ollama.completions.js';
import { OllamaStreamReader } from './ollama.stream.js';

const translate = (fields: Record<string, unknown>, unsupported = new UnsupportedParameters('strict')) => {
  const request: CompletionRequest = { model: 'm', prompt: 'Once', ...fields };
  return toGenerateRequest(request, { upstreamModel: 'gemma3:1b', streaming: false, unsupported });
};

const NAMES = { id: 'cmpl-1', model: 'asked' };
const HEAD = { model: 'gemma3:1b', created_at: '2025-08-20T13:48:22Z' };
const END = { ...HEAD, response: '', done: true, done_reason: 'length', prompt_eval_count: 3, eval_count: 2 };

describe('toGenerateRequest', () => {
  it('gives the model the prompt as it is', () => {
    expect(translate({ max_tokens: 9, temperature: 0, stop: ['\n'] })).toEqual({
      model: 'gemma3:1b',
      prompt: 'Once',
      raw: true,
      stream: false,
      options: { temperature: 0, num_predict: 9, stop: ['\n'] },
    });
    expect(translate({ prompt: ['Only'] }).prompt).toBe('Only');
  });

  it('leaves a gap between prompt and suffix to the model’s template', () => {
    const request = translate({ suffix: 'the end.' });
    expect(request).toMatchObject({ prompt: 'Once', suffix: 'the end.' });
    expect(request).not.toHaveProperty('raw');
  });

  it('asks for probabilities', () => {
    expect(translate({ logprobs: 2 })).toMatchObject({ logprobs: true, top_logprobs: 2 });
    expect(translate({ logprobs: 0 })).toMatchObject({ logprobs: true });
  });

  it.each([[['a', 'b']], [[1, 2]], [[[1]]]])('refuses the prompt %j', (prompt) => {
    expect(() => translate({ prompt })).toThrow(
      expect.objectContaining({ status: 400, code: 'unsupported_parameter', param: 'prompt' }),
    );
  });

  it('says what there is nothing for', () => {
    const unsupported = new UnsupportedParameters('warn');
    translate({ echo: true, best_of: 3, logit_bias: { '1': 1 } }, unsupported);
    expect(unsupported.names).toEqual(['echo', 'best_of', 'logit_bias']);
    expect(() => translate({ n: 2 }, unsupported)).toThrow(expect.objectContaining({ status: 400, param: 'n' }));
    expect(() => translate({ echo: false, best_of: 1, n: 1 })).not.toThrow();
  });
});

describe('a text completion', () => {
  const logprobs = [
    {
      token: ' upon',
      logprob: -0.5,
      top_logprobs: [
        { token: ' upon', logprob: -0.5 },
        { token: ' a', logprob: -2 },
      ],
    },
    { token: ' a', logprob: -0.1, top_logprobs: [] },
  ];

  it('is read from a whole answer', () => {
    const body = Buffer.from(JSON.stringify({ ...END, response: ' upon a', logprobs }));
    const { bytes, usage, textBytes } = toCompletionAnswer({ status: 200, headers: {}, body }, NAMES);
    expect(JSON.parse(bytes.toString())).toMatchObject({
      id: 'cmpl-1',
      object: 'text_completion',
      created: 1755697702,
      model: 'gemma3:1b',
      choices: [
        {
          text: ' upon a',
          index: 0,
          logprobs: {
            tokens: [' upon', ' a'],
            token_logprobs: [-0.5, -0.1],
            top_logprobs: [{ ' upon': -0.5, ' a': -2 }, {}],
            text_offset: [0, 5],
          },
          finish_reason: 'length',
        },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    });
    expect([usage, textBytes]).toEqual([{ ...NO_TOKENS, inputUncached: 3, output: 2 }, 7]);
  });

  it('fails without a text', () => {
    const body = Buffer.from('{"done":true}');
    expect(() => toCompletionAnswer({ status: 200, headers: {}, body }, NAMES)).toThrow(
      expect.objectContaining({ code: 'upstream_invalid_response' }),
    );
  });

  it('is read from a stream', () => {
    const reader = new OllamaStreamReader(new CompletionChunks(NAMES), true);
    const lines = [
      { ...HEAD, response: ' upon', done: false, logprobs: logprobs.slice(0, 1) },
      { ...HEAD, response: ' a', done: false, logprobs: logprobs.slice(1) },
      END,
    ];
    const part = reader.push(Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
    const chunks = (part?.bytes.toString() ?? '')
      .split('\n\n')
      .slice(0, -1)
      .map((event) => JSON.parse(event.slice('data: '.length)) as Record<string, unknown>);
    const head = { id: 'cmpl-1', object: 'text_completion', created: 1755697702, model: 'gemma3:1b' };
    const choice = { index: 0, logprobs: null, finish_reason: null };
    expect(chunks).toMatchObject([
      { ...head, choices: [{ ...choice, text: ' upon', logprobs: { tokens: [' upon'], text_offset: [0] } }] },
      { ...head, choices: [{ ...choice, text: ' a', logprobs: { top_logprobs: null, text_offset: [5] } }] },
      { ...head, choices: [{ ...choice, text: '', finish_reason: 'length' }] },
      { ...head, choices: [], usage: { total_tokens: 5 } },
    ]);
    expect(part).toMatchObject({ isLast: true, hasContent: true, textBytes: 7, usage: { output: 2 } });
  });
});
