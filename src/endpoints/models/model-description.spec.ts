import { describe, expect, it } from 'vitest';
import { describeModel } from './model-description.js';

const plain = { id: 'm', object: 'model', created: 7, owned_by: 'a, b' };

describe('describeModel', () => {
  it('says what is known, in snake case', () => {
    const facts = {
      contextWindow: 128_000,
      maxOutputTokens: 16_384,
      inputModalities: ['text', 'image'],
      outputModalities: ['text'],
      tools: true,
      jsonSchema: false,
      reasoning: false,
    } as const;
    expect(describeModel({ name: 'm', providers: ['a', 'b'], facts }, 7)).toStrictEqual({
      ...plain,
      context_window: 128_000,
      max_output_tokens: 16_384,
      input_modalities: ['text', 'image'],
      output_modalities: ['text'],
      capabilities: { tools: true, json_schema: false, reasoning: false },
    });
  });

  it('says nothing of what is not', () => {
    const facts = { contextWindow: undefined, tools: undefined };
    expect(describeModel({ name: 'm', providers: ['a', 'b'], facts }, 7)).toStrictEqual(plain);
    expect(describeModel({ name: 'm', providers: ['a', 'b'], facts: { reasoning: true } }, 7)).toStrictEqual({
      ...plain,
      capabilities: { reasoning: true },
    });
  });

  it('belongs to the gateway where nobody serves it', () => {
    expect(describeModel({ name: 'm', providers: [], facts: {} }, 7).owned_by).toBe('nestgate');
  });
});
