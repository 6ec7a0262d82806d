import { describe, expect, it } from 'vitest';
import { type ChatCompletion, type ChatCompletionChunk } from '../../protocol/chat-completions.js';
import { toAnswer } from './simulator.response.js';
import { toParts } from './simulator.stream.js';
import { type SimulatedAnswer } from './simulator.types.js';

const SIMULATED: SimulatedAnswer = {
  id: 'chatcmpl-1',
  created: 0,
  model: 'simulator/echo',
  content: '  Größe \n matters ',
  reasoning: 'Hm, well',
  toolCalls: [
    { id: 'call_1', name: 'find', arguments: '{"city":"New York"}' },
    { id: 'call_2', name: 'stop', arguments: '{}' },
  ],
  finishReason: 'tool_calls',
  usage: { prompt_tokens: 5, completion_tokens: 9, total_tokens: 14 },
};
const PLAIN: SimulatedAnswer = { ...SIMULATED, reasoning: undefined, toolCalls: [], finishReason: 'stop' };

const chunksOf = (simulated: SimulatedAnswer, showsUsage = false): ChatCompletionChunk[] =>
  toParts(simulated, showsUsage)
    .filter(({ bytes }) => bytes.length > 0)
    .map(({ bytes }) => JSON.parse(bytes.toString().replace(/^data: (.*)\n\n$/, '$1')) as ChatCompletionChunk);

const deltasOf = (simulated: SimulatedAnswer) =>
  chunksOf(simulated).flatMap(({ choices }) => choices.map((c) => c.delta));

const messageOf = (simulated: SimulatedAnswer) =>
  (JSON.parse(toAnswer(simulated).bytes.toString()) as ChatCompletion).choices[0]?.message;

describe('a simulated stream', () => {
  it('says what the whole answer says', () => {
    const deltas = deltasOf(SIMULATED);
    const message = messageOf(SIMULATED);
    expect(deltas[0]).toEqual({ role: 'assistant', content: '' });
    expect(deltas.map(({ content }) => content ?? '').join('')).toBe(message?.content);
    expect(deltas.map((delta) => delta.reasoning_content ?? '').join('')).toBe(message?.reasoning_content);
    const pieces = deltas.flatMap((delta) => delta.tool_calls ?? []);
    const calls = [0, 1].map((index) => {
      const own = pieces.filter((piece) => piece.index === index);
      const [first] = own;
      const written = own.map((piece) => piece.function?.arguments ?? '').join('');
      return { id: first?.id, type: first?.type, function: { name: first?.function?.name, arguments: written } };
    });
    expect(calls).toEqual(message?.tool_calls);
  });

  it('comes word by word and ends with the reason', () => {
    const chunks = chunksOf(PLAIN);
    expect(deltasOf(PLAIN).map(({ content }) => content)).toEqual(['', '  Größe', ' \n matters ', undefined]);
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason)).toEqual([null, null, null, 'stop']);
  });

  it('tells content from what only opens or counts', () => {
    const parts = toParts(PLAIN, true);
    expect(parts.map(({ hasContent }) => hasContent)).toEqual([false, true, true, true, false]);
    expect(parts.reduce((sum, { textBytes }) => sum + textBytes, 0)).toBe(Buffer.byteLength('  Größe \n matters '));
  });

  it('always counts, and shows the count to who asked', () => {
    for (const showsUsage of [true, false]) {
      expect(toParts(PLAIN, showsUsage).at(-1)?.usage).toEqual(toAnswer(PLAIN).usage);
    }
    expect(chunksOf(PLAIN, true).at(-1)).toMatchObject({ choices: [], usage: PLAIN.usage });
    expect(chunksOf(PLAIN).every(({ usage }) => usage === undefined)).toBe(true);
  });
});

describe('a simulated answer', () => {
  it('is a chat completion', () => {
    expect(JSON.parse(toAnswer(PLAIN).bytes.toString())).toMatchObject({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      model: 'simulator/echo',
      choices: [{ index: 0, finish_reason: 'stop' }],
      usage: PLAIN.usage,
    });
    expect(messageOf(PLAIN)).toEqual({ role: 'assistant', content: '  Größe \n matters ', refusal: null });
  });
});
