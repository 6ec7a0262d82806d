import { describe, expect, it } from 'vitest';
import { callContext } from '../../test/support/calls.js';
import { type ModelFacts } from '../catalogue/model-facts.js';
import { COMPLETIONS, EMBEDDINGS } from '../events/operation.js';
import { type ChatCompletionRequest } from '../protocol/chat-completions.js';
import { JsonBody } from '../protocol/json-body.js';
import { lackOf, needsOf, type RequestNeeds } from './request-needs.js';

const MESSAGES = [{ role: 'user', content: 'Hi' }] as const;
const TOOL = { type: 'function', function: { name: 'weather' } };
const SCHEMA = { type: 'json_schema', json_schema: { name: 'a', schema: {} } };
const data = (type: string): string => `data:${type};base64,${'A'.repeat(40_000)}`;
const image = { type: 'image_url', image_url: { url: data('image/png') } };
const audio = { type: 'input_audio', input_audio: { data: 'A'.repeat(40_000), format: 'wav' } };
const video = { type: 'video_url', video_url: { url: data('video/mp4') } };
const pdf = { type: 'file', file: { filename: 'a.pdf', file_data: data('application/pdf') } };
const content = (...parts: object[]) => ({ messages: [{ role: 'user', content: parts }] });

function needs(fields: object): RequestNeeds {
  const request = { model: 'm', messages: MESSAGES, ...fields };
  const found = needsOf(callContext({ request, body: JsonBody.of(request) }));
  if (found === undefined) throw new Error('It needs nothing.');
  return found;
}

/** A model that can do nothing of it, but has room. */
const LESS: ModelFacts = {
  tools: false,
  jsonSchema: false,
  reasoning: false,
  inputModalities: ['text'],
  outputModalities: ['text'],
};
const lack = (fields: object, facts: ModelFacts = LESS) => lackOf(facts, needs(fields));

describe('what a request lacks of a model that can do nothing but write', () => {
  it.each<[fields: object, lacks: string]>([
    [{ tools: [TOOL] }, 'lacks_tools'],
    [{ tools: [{ function: { name: 'a' } }], tool_choice: 'auto' }, 'lacks_tools'],
    [{ functions: [{ name: 'a' }] }, 'lacks_tools'],
    [{ response_format: SCHEMA }, 'lacks_json_schema'],
    [{ reasoning_effort: 'low' }, 'lacks_reasoning'],
    [{ reasoning: { effort: 'high' } }, 'lacks_reasoning'],
    [{ reasoning: { max_tokens: 2_000 } }, 'lacks_reasoning'],
    [{ thinking: { type: 'enabled', budget_tokens: 2_000 } }, 'lacks_reasoning'],
    [content(image), 'lacks_image_input'],
    [content({ type: 'text', text: 'Look' }, image), 'lacks_image_input'],
    [content({ type: 'image_url', image_url: 'https://images.example/a.png' }), 'lacks_image_input'],
    [content(audio), 'lacks_audio_input'],
    [content(video), 'lacks_video_input'],
    [content(pdf), 'lacks_document_input'],
    [content({ type: 'file', file: { file_id: 'file-1' } }), 'lacks_document_input'],
    [content({ type: 'file', file: { file_data: data('image/png') } }), 'lacks_image_input'],
    [{ modalities: ['text', 'audio'], audio: {} }, 'lacks_audio_output'],
    [{ modalities: ['image'] }, 'lacks_image_output'],
  ])('%j', (fields, lacks) => {
    expect(lack(fields)).toBe(lacks);
    expect(lack(fields, {})).toBeUndefined();
  });

  it.each<[fields: object]>([
    [{}],
    [{ tools: [], functions: [], modalities: ['text'], max_tokens: null }],
    [{ tools: [TOOL], tool_choice: 'none' }],
    [{ functions: [{ name: 'a' }], function_call: 'none' }],
    [{ tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
    [{ response_format: { type: 'json_object' } }],
    [{ reasoning_effort: 'none' }],
    [{ reasoning_effort: 'minimal' }],
    [{ reasoning_effort: null, reasoning: {}, thinking: { type: 'disabled' } }],
    [content({ type: 'text', text: 'Hi' })],
    [content({ type: 'file', file: { file_data: data('text/plain') } })],
    [content({ type: 'made_up' }, {})],
  ])('nothing of %j', (fields) => {
    expect(lack(fields)).toBeUndefined();
  });

  it('nothing that the model is known to do', () => {
    const able: ModelFacts = { tools: true, inputModalities: ['text', 'image'] };
    expect(lack({ ...content(image), tools: [TOOL] }, able)).toBeUndefined();
    expect(lack(content(image, audio), able)).toBe('lacks_audio_input');
  });
});

describe('the context that a request needs', () => {
  const text = 'x'.repeat(4_000);

  it('is a token for four bytes, and the longest answer', () => {
    const bytes = JsonBody.of({ model: 'm', messages: [{ role: 'user', content: text }] }).size;
    const messages = [{ role: 'user', content: text }];
    expect(needs({ messages }).context).toBe(Math.ceil(bytes / 4));
    expect(needs({ messages, max_tokens: 500 }).context).toBeGreaterThanOrEqual(Math.ceil(bytes / 4) + 500);
    expect(needs({ messages, max_tokens: 500, max_completion_tokens: 10 }).context).toBeLessThan(bytes / 4 + 100);
  });

  it.each([
    ['an image', image],
    ['sound', audio],
    ['a film', video],
    ['a document', pdf],
  ])('has no part in the data of %s', (_name, part) => {
    expect(needs(content({ type: 'text', text }, part)).context).toBeLessThan(1_100);
  });

  it('counts the addresses of images, which are short', () => {
    const url = 'https://images.example/a.png';
    const near = needs(content({ type: 'text', text }, { type: 'image_url', image_url: { url } })).context;
    expect(near).toBeGreaterThan(1_000 + url.length / 4);
  });

  it('may be more than a window is known to hold', () => {
    const messages = [{ role: 'user', content: text }];
    const { context } = needs({ messages });
    expect(lack({ messages }, { contextWindow: context - 1 })).toBe('context_too_short');
    expect(lack({ messages }, { contextWindow: context })).toBeUndefined();
  });
});

describe('needsOf', () => {
  it('looks at chats alone', () => {
    const request = { model: 'm', messages: MESSAGES, tools: [TOOL] } as unknown as ChatCompletionRequest;
    for (const operation of [EMBEDDINGS, COMPLETIONS]) {
      expect(needsOf(callContext({ operation, request }))).toBeUndefined();
    }
    expect(needsOf(callContext({ request: {} }))).toBeUndefined();
  });
});
