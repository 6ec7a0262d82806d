import { describe, expect, it } from 'vitest';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { readControls as read } from './simulator.controls.js';
import { simulate } from './simulator.request.js';
import { type SimulatedAnswer } from './simulator.types.js';

const readControls = (request: ChatCompletionRequest) => read(request, ['content', 'reasoning', 'tool_calls']);

const requestOf = (fields: Partial<ChatCompletionRequest> = {}): ChatCompletionRequest => ({
  model: 'simulator/echo',
  messages: [{ role: 'user', content: 'Hello there' }],
  ...fields,
});

function answerTo(fields: Partial<ChatCompletionRequest> = {}): SimulatedAnswer {
  const request = requestOf(fields);
  return simulate(request, readControls(request));
}

const tool = (name: string, parameters?: Record<string, unknown>) => ({
  type: 'function' as const,
  function: { name, ...(parameters === undefined ? {} : { parameters }) },
});

const schemaFormat = (schema: Record<string, unknown>) => ({
  type: 'json_schema' as const,
  json_schema: { name: 'answer', schema },
});

describe('what the simulator answers', () => {
  it('is the last message of the user', () => {
    const messages: ChatCompletionRequest['messages'] = [
      { role: 'system', content: 'Be brief' },
      { role: 'user', content: 'first' },
      { role: 'assistant', content: 'so?' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'sec' },
          { type: 'image_url', image_url: { url: 'data:,' } },
          { type: 'text', text: 'ond' },
        ],
      },
      { role: 'assistant', content: 'and' },
    ];
    expect(answerTo({ messages })).toMatchObject({ content: 'second', toolCalls: [], finishReason: 'stop' });
    expect(answerTo({ messages: [{ role: 'system', content: 'Be brief' }] }).content).toBe('');
  });

  it('is the same to the same request, and another to another', () => {
    expect(answerTo()).toEqual(answerTo());
    expect(answerTo({ messages: [{ role: 'user', content: 'Bye' }] }).id).not.toBe(answerTo().id);
  });

  it('counts a token for four characters', () => {
    expect(answerTo().usage).toEqual({
      prompt_tokens: 3,
      completion_tokens: 3,
      total_tokens: 6,
      prompt_tokens_details: { cached_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0 },
    });
    expect(answerTo({ simulator: { content: 'abcd', reasoning: 'abcdefgh' } }).usage).toMatchObject({
      completion_tokens: 3,
      completion_tokens_details: { reasoning_tokens: 2 },
    });
  });

  it.each(['max_tokens', 'max_completion_tokens'])('ends at %s', (limit) => {
    expect(answerTo({ [limit]: 2 })).toMatchObject({
      content: 'Hello th',
      finishReason: 'length',
      usage: { completion_tokens: 2 },
    });
    expect(answerTo({ [limit]: 3 })).toMatchObject({ content: 'Hello there', finishReason: 'stop' });
  });

  it('is the text and the calls that were asked for', () => {
    expect(answerTo({ simulator: { content: 'Yes', reasoning: 'Hm' } })).toMatchObject({
      content: 'Yes',
      reasoning: 'Hm',
      finishReason: 'stop',
    });
    const calls = [{ name: 'find', arguments: { city: 'Bonn' } }, { name: 'stop' }];
    const answer = answerTo({ simulator: { tool_calls: calls } });
    expect(answer).toMatchObject({
      content: null,
      finishReason: 'tool_calls',
      toolCalls: [
        { name: 'find', arguments: '{"city":"Bonn"}' },
        { name: 'stop', arguments: '{}' },
      ],
    });
    expect(new Set(answer.toolCalls.map(({ id }) => id)).size).toBe(2);
  });

  it('calls a tool that must be called, with arguments of its schema', () => {
    const tools = [
      tool('first', {
        type: 'object',
        properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 3 } },
      }),
      tool('second'),
    ];
    expect(answerTo({ tools, tool_choice: 'required' })).toMatchObject({
      content: null,
      finishReason: 'tool_calls',
      toolCalls: [{ name: 'first', arguments: '{"city":"text","days":3}' }],
    });
    const named = { type: 'function' as const, function: { name: 'second' } };
    expect(answerTo({ tools, tool_choice: named }).toolCalls).toMatchObject([{ name: 'second', arguments: '{}' }]);
    for (const choice of ['auto', 'none'] as const) {
      expect(answerTo({ tools, tool_choice: choice })).toMatchObject({ content: 'Hello there', toolCalls: [] });
    }
  });

  it.each([
    [{ type: 'string' }, 'text'],
    [{ type: ['null', 'string'] }, null],
    [{ type: 'number' }, 1],
    [{ type: 'boolean' }, true],
    [{ type: 'array', items: { enum: ['a', 'b'] } }, ['a']],
    [{ type: 'array' }, []],
    [{ const: 7 }, 7],
    [{ anyOf: [{ type: 'boolean' }, { type: 'null' }] }, true],
    [{ oneOf: [{ type: 'null' }] }, null],
    [{ properties: { deep: { type: 'object', properties: { n: { type: 'integer' } } } } }, { deep: { n: 1 } }],
    [{}, {}],
  ])('is a value of the schema: %j', (schema, value) => {
    const { content } = answerTo({ response_format: schemaFormat(schema) });
    expect(JSON.parse(content ?? '')).toEqual(value);
  });

  it('is an object where any JSON will do', () => {
    expect(answerTo({ response_format: { type: 'json_object' } }).content).toBe('{}');
    expect(answerTo({ response_format: { type: 'text' } }).content).toBe('Hello there');
  });
});

describe('the controls of the simulator', () => {
  it('may be left out', () => {
    expect(readControls(requestOf())).toEqual({ delay_ms: 0, chunk_delay_ms: 0 });
    expect(readControls(requestOf({ simulator: { error: {} } })).error).toEqual({
      status: 500,
      message: 'The simulator was asked to fail.',
      code: null,
    });
  });

  it.each([
    ['simulator', 'yes'],
    ['simulator', { contents: 'a typo' }],
    ['simulator.content', { content: 1 }],
    ['simulator.reasoning', { reasoning: [] }],
    ['simulator.tool_calls', { tool_calls: {} }],
    ['simulator.tool_calls[1].name', { tool_calls: [{ name: 'one' }, {}] }],
    ['simulator.delay_ms', { delay_ms: -1 }],
    ['simulator.delay_ms', { delay_ms: 600_001 }],
    ['simulator.chunk_delay_ms', { chunk_delay_ms: '5' }],
    ['simulator.error', { error: 500 }],
    ['simulator.error', { error: { statuscode: 500 } }],
    ['simulator.error.status', { error: { status: 200 } }],
    ['simulator.error.status', { error: { status: 600 } }],
    ['simulator.error.retry_after', { error: { retry_after: -1 } }],
    ['simulator.error.after_chunks', { error: { after_chunks: 'two' } }],
  ])('%s is refused by its name: %j', (param, simulator) => {
    expect(() => readControls(requestOf({ simulator }))).toThrow(
      expect.objectContaining({ status: 400, code: 'invalid_value', param }),
    );
  });
});
