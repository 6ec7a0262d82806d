import { describe, expect, it } from 'vitest';
import { JsonBody } from '../../protocol/json-body.js';
import { estimateTokens } from './token-estimate.js';

function estimate(request: Record<string, unknown>): number {
  return estimateTokens({ request, body: JsonBody.of(request) });
}

const bytes = (request: unknown): number => Math.ceil(JSON.stringify(request).length / 4);

describe('estimateTokens', () => {
  it('takes a token for every four bytes, and as much of an answer as is asked for', () => {
    const request = { messages: [{ role: 'user', content: 'x'.repeat(400) }] };
    expect(estimate(request)).toBe(bytes(request));
    for (const asked of [{ max_tokens: 50 }, { max_tokens: 7, max_completion_tokens: 50 }, { max_tokens: 25, n: 2 }]) {
      expect(estimate({ ...request, ...asked })).toBe(bytes({ ...request, ...asked }) + 50);
    }
    expect(estimate({ input: ['a', 'b'] })).toBe(5);
  });

  it('goes by no number that is none', () => {
    for (const max_tokens of [null, -5, 0.5, 'many', 1e300]) {
      expect(estimate({ prompt: 'x', max_tokens })).toBe(bytes({ prompt: 'x', max_tokens }));
    }
  });

  it('does not take the bytes of images, sounds and files for text', () => {
    const data = 'A'.repeat(40_000);
    const content = [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } },
      { type: 'image_url', image_url: `data:image/png;base64,${data}` },
      { type: 'video_url', video_url: { url: `data:video/mp4;base64,${data}` } },
      { type: 'input_audio', input_audio: { data, format: 'wav' } },
      { type: 'file', file: { file_data: data } },
    ];
    expect(estimate({ messages: [{ role: 'user', content }] })).toBeLessThan(100);
    const url = `https://example.com/${'x'.repeat(4_000)}`;
    const linked = [{ type: 'image_url', image_url: { url } }, null, 'text'];
    expect(estimate({ messages: [{ role: 'user', content: linked }, null, { content: 1 }] })).toBeGreaterThan(1_000);
  });
});
