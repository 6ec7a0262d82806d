import { describe, expect, it } from 'vitest';
import { type CompletionRequest } from '../../protocol/completions.js';
import { answerOf, jsonCall, simulator, streamOf } from '../../../test/support/simulator.js';

const call = (fields: Record<string, unknown>) => jsonCall<CompletionRequest>(fields);
const complete = (fields: Record<string, unknown>) => answerOf(simulator.completions, call(fields));

describe('simulated completions', () => {
  it('give the prompt back, and count it', async () => {
    const { json, usage } = await complete({ prompt: 'Once upon a time' });
    expect(json).toMatchObject({
      object: 'text_completion',
      model: 'simulator/echo',
      system_fingerprint: 'nestgate-simulator',
      choices: [{ text: 'Once upon a time', index: 0, finish_reason: 'stop' }],
      usage: { prompt_tokens: 4, completion_tokens: 4, total_tokens: 8 },
    });
    expect(usage).toMatchObject({ inputUncached: 4, output: 4 });
  });

  it('answer several prompts, and token ids as numbers', async () => {
    const textsOf = async (prompt: unknown): Promise<string[]> =>
      ((await complete({ prompt })).json['choices'] as { text: string }[]).map(({ text }) => text);
    expect(await textsOf(['a', 'b'])).toEqual(['a', 'b']);
    expect(await textsOf([1, 2])).toEqual(['1 2']);
    expect(await textsOf([[1], [2, 3]])).toEqual(['1', '2 3']);
  });

  it('say what they are told to, after the prompt where that is asked for, and no more than they may', async () => {
    const { json } = await complete({ prompt: 'Q: ', echo: true, max_tokens: 1, simulator: { content: 'A long one' } });
    expect(json).toMatchObject({ choices: [{ text: 'Q: A lo', finish_reason: 'length' }] });
  });

  it('stream the same', async () => {
    const fields = { prompt: ['one two', 'three'], stream: true, stream_options: { include_usage: true } };
    const { events, contentType, parts } = await streamOf(simulator.completions, call(fields));
    const { json, usage } = await complete(fields);
    const choices = events.flatMap((event) => event['choices'] as { index: number; text: string }[]);
    const textOf = (place: number): string =>
      choices
        .filter(({ index }) => index === place)
        .map(({ text }) => text)
        .join('');
    expect([textOf(0), textOf(1)]).toEqual(['one two', 'three']);
    expect(choices).toHaveLength(5);
    expect(events.at(-1)?.['usage']).toEqual(json['usage']);
    expect([contentType, parts.at(-1)?.usage]).toEqual([undefined, usage]);
  });

  it('refuse several answers, and say what changes nothing', async () => {
    await expect(complete({ prompt: 'a', n: 2 })).rejects.toMatchObject({ status: 400, param: 'n' });
    const ignored = jsonCall<CompletionRequest>({ prompt: 'a', suffix: 'b', best_of: 1, stop: null }, 'warn');
    await answerOf(simulator.completions, ignored);
    expect(ignored.unsupported.names).toEqual(['suffix']);
  });
});
