import { describe, expect, it } from 'vitest';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { JsonBody } from '../../protocol/json-body.js';
import { type ChatRequestEdits, toChatRequest, withModel } from './openai.request.js';

const EDITS: ChatRequestEdits = { upstreamModel: 'model', streaming: false, asksForUsage: true };

/** What the provider gets for a client's bytes. */
function sent(text: string, edits: Partial<ChatRequestEdits> = {}): string {
  const request = JSON.parse(text) as ChatCompletionRequest;
  return toChatRequest(JsonBody.of(request), request, { ...EDITS, ...edits }).toString();
}

const bodyOf = (fields: object = {}): string =>
  JSON.stringify({ model: 'model', messages: [{ role: 'user', content: 'Größe 😀' }], ...fields });

describe('toChatRequest', () => {
  it('sends the client’s body on, with what nobody knows', () => {
    const body = bodyOf({ seed: 7, provider_extra: { deep: [1, null] } });
    expect(sent(body)).toBe(body);
  });

  it('puts in the provider’s name for the model', () => {
    expect(sent(bodyOf(), { upstreamModel: 'org/other' })).toBe(bodyOf({ model: 'org/other' }));
  });

  it('asks for the usage of a stream, whatever the client asked for', () => {
    const options = (given: object = {}): unknown =>
      (JSON.parse(sent(bodyOf({ stream: true, ...given }), { streaming: true })) as Record<string, unknown>)[
        'stream_options'
      ];
    expect(options()).toEqual({ include_usage: true });
    expect(options({ stream_options: null })).toEqual({ include_usage: true });
    expect(options({ stream_options: { include_usage: false, include_obfuscation: false } })).toEqual({
      include_usage: true,
      include_obfuscation: false,
    });
    expect(options({ stream_options: { include_usage: true } })).toEqual({ include_usage: true });
  });

  it('does not ask those who count unasked', () => {
    const body = bodyOf({ stream: true });
    expect(sent(body, { streaming: true, asksForUsage: false })).toBe(body);
  });
});

describe('withModel', () => {
  const bodyWith = (fields: Record<string, unknown>): JsonBody => JsonBody.of({ ...fields, input: 'Größe' });

  it('sends the client’s own bytes where the name is right', () => {
    const body = bodyWith({ model: 'model' });
    expect(withModel(body, 'model')).toBe(body.bytes);
  });

  it.each([[{ model: 'model' }], [{ model: null }], [{}]])(
    'puts in the provider’s name for the model of %j',
    (fields) => {
      expect(JSON.parse(withModel(bodyWith(fields), 'org/other').toString())).toEqual({
        model: 'org/other',
        input: 'Größe',
      });
    },
  );
});
