import { describe, expect, it } from 'vitest';
import { type ChatCompletionRequest, type ChatTool } from '../../protocol/chat-completions.js';
import { toTools } from './cohere.tools.js';

const tool = (name: string, fields: Partial<ChatTool['function']> = {}): ChatTool => ({
  type: 'function',
  function: { name, ...fields },
});
const SCHEMA = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], $defs: {} };
const first = tool('first', { description: 'The first.', parameters: SCHEMA });
const plain = (name: string) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: {} } },
});

const translate = (fields: Partial<ChatCompletionRequest>) => toTools({ model: 'm', messages: [], ...fields });

describe('toTools', () => {
  it('carries schemas unchanged, and gives one to tools without', () => {
    expect(translate({ tools: [first, tool('second', { description: '' })] })).toEqual({
      tools: [
        { type: 'function', function: { name: 'first', description: 'The first.', parameters: SCHEMA } },
        plain('second'),
      ],
    });
  });

  it('says nothing without tools', () => {
    expect(translate({ tool_choice: 'required' })).toEqual({});
    expect(translate({ tools: [], tool_choice: 'none' })).toEqual({});
  });

  it.each([
    ['auto', undefined],
    ['none', 'NONE'],
    ['required', 'REQUIRED'],
  ] as const)('tool_choice %s', (choice, expected) => {
    expect(translate({ tools: [tool('a')], tool_choice: choice }).tool_choice).toBe(expected);
  });

  it('forces one function by sending it alone', () => {
    const tools = [tool('a'), tool('b')];
    expect(translate({ tools, tool_choice: { type: 'function', function: { name: 'b' } } })).toEqual({
      tools: [plain('b')],
      tool_choice: 'REQUIRED',
    });
    expect(() => translate({ tools, tool_choice: { type: 'function', function: { name: 'c' } } })).toThrow(
      expect.objectContaining({ code: 'invalid_value', param: 'tool_choice' }),
    );
  });

  it('is strict where one tool is', () => {
    expect(translate({ tools: [tool('a'), tool('b', { strict: true })] }).strict_tools).toBe(true);
    expect(translate({ tools: [tool('a', { strict: false })] })).not.toHaveProperty('strict_tools');
  });

  it.each([
    [{ tools: [tool('a'), { type: 'custom', custom: { name: 'c' } }] }, 'tools[1].type'],
    [{ tools: [tool('a')], tool_choice: { type: 'allowed_tools', allowed_tools: {} } }, 'tool_choice'],
  ])('refuses %j', (fields, param) => {
    // As a client may send it, beyond the types.
    expect(() => translate(fields as unknown as Partial<ChatCompletionRequest>)).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', status: 400, param }),
    );
  });
});
