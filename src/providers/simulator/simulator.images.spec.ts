import { crc32, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type ImageEditRequest, type ImageGenerationRequest } from '../../protocol/images.js';
import { answerOf, formCall, jsonCall, simulator, streamOf } from '../../../test/support/simulator.js';

const draw = (fields: Record<string, unknown>) =>
  answerOf(simulator.images, jsonCall<ImageGenerationRequest>({ prompt: 'A cat', ...fields }));

interface Image {
  readonly b64_json: string;
  readonly url?: string;
  readonly revised_prompt: string;
}

const imagesOf = (json: Record<string, unknown>): Image[] => json['data'] as Image[];

/** Reads a PNG as its specification has it. @throws where it is none. */
function readPng(base64: string): { width: number; height: number; pixels: Buffer; comment: string } {
  const bytes = Buffer.from(base64, 'base64');
  expect(bytes.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  const chunks = new Map<string, Buffer>();
  let at = 8;
  while (at < bytes.length) {
    const length = bytes.readUInt32BE(at);
    const typed = bytes.subarray(at + 4, at + 8 + length);
    expect(bytes.readUInt32BE(at + 8 + length)).toBe(crc32(typed));
    chunks.set(typed.subarray(0, 4).toString('latin1'), typed.subarray(4));
    at += 12 + length;
  }
  expect([...chunks.keys()]).toEqual(['IHDR', 'tEXt', 'IDAT', 'IEND']);
  const header = chunks.get('IHDR') ?? Buffer.alloc(8);
  return {
    width: header.readUInt32BE(0),
    height: header.readUInt32BE(4),
    pixels: inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0)),
    comment: chunks.get('tEXt')?.toString('latin1') ?? '',
  };
}

describe('simulated images', () => {
  it('are PNGs that say where they come from', async () => {
    const { json, usage } = await draw({});
    const [image] = imagesOf(json);
    const { width, height, pixels, comment } = readPng(image?.b64_json ?? '');
    expect(pixels).toHaveLength(height * (1 + 3 * width));
    expect(comment).toContain('simulator');
    expect(image?.revised_prompt).toBe('This is the simulator of Nestgate: a square in place of A cat');
    expect(usage).toMatchObject({ inputUncached: 2, output: 1 });
    expect(json['usage']).toMatchObject({ input_tokens: 2, output_tokens: 1, total_tokens: 3 });
  });

  it('are the same for the same prompt, and as many as are asked for', async () => {
    const three = imagesOf((await draw({ n: 3 })).json).map(({ b64_json: base64 }) => base64);
    expect(new Set(three).size).toBe(3);
    expect(imagesOf((await draw({})).json)[0]?.b64_json).toBe(three[0]);
    expect(imagesOf((await draw({ prompt: 'A dog' })).json)[0]?.b64_json).not.toBe(three[0]);
    await expect(draw({ n: 11 })).rejects.toMatchObject({ status: 400, param: 'n' });
  });

  it('come as URLs where those are asked for', async () => {
    const [image] = imagesOf((await draw({ response_format: 'url' })).json);
    expect(readPng(image?.url?.replace('data:image/png;base64,', '') ?? '').width).toBe(16);
  });

  it('have no other size or format: that is said', async () => {
    const call = jsonCall<ImageGenerationRequest>({ prompt: 'a', size: '1024x1024', output_format: 'webp' }, 'warn');
    await answerOf(simulator.images, call);
    expect(call.unsupported.names).toEqual(['size', 'output_format']);
    await expect(draw({ size: 'auto', quality: 'auto', output_format: 'png' })).resolves.toBeDefined();
  });

  it('come as events', async () => {
    const fields = { prompt: 'A cat', stream: true, partial_images: 2 };
    const { events, contentType, parts } = await streamOf(simulator.images, jsonCall<ImageGenerationRequest>(fields));
    expect(contentType).toMatch(/^text\/event-stream/);
    expect(events.map(({ type, partial_image_index: index }) => [type, index])).toEqual([
      ['image_generation.partial_image', 0],
      ['image_generation.partial_image', 1],
      ['image_generation.completed', undefined],
    ]);
    expect(readPng(String(events[2]?.['b64_json'])).width).toBe(16);
    expect(parts.at(-1)?.usage).toMatchObject({ output: 1 });
  });

  it('of changed images name these', async () => {
    const call = formCall<ImageEditRequest>({ prompt: 'A hat', n: '2' }, [['image', 'cat.png', '12345']]);
    const { json } = await answerOf(simulator.imageEdits, call);
    expect(imagesOf(json).map((image) => image.revised_prompt)).toEqual([
      expect.stringContaining('A hat (of "cat.png", 5 bytes)'),
      expect.stringContaining('A hat (of "cat.png", 5 bytes)'),
    ]);
    const bad = formCall<ImageEditRequest>({ prompt: 'A hat', n: 'two' }, [['image', 'cat.png', '12345']]);
    await expect(answerOf(simulator.imageEdits, bad)).rejects.toMatchObject({ status: 400, param: 'n' });
  });
});
