import { describe, expect, it } from 'vitest';
import { type ImageGenerationRequest } from '../../protocol/images.js';
import { UnsupportedParameters } from '../unsupported-parameters.js';
import { isImagenModel, toImageAnswer, toImageCall } from './gemini.images.js';
import { type GeminiService } from './gemini.request.js';

const IMAGEN = 'imagen-4.0-generate-001';
const GEMINI = 'gemini-2.5-flash-image';

function translate(fields: Record<string, unknown>, model = IMAGEN, service: GeminiService = 'vertex') {
  const unsupported = new UnsupportedParameters('warn');
  const request = { model: 'm', prompt: 'A cat.', ...fields } as ImageGenerationRequest;
  return { call: toImageCall(request, { upstreamModel: model, service, unsupported }), names: unsupported.names };
}

const answer = (value: unknown, model = IMAGEN) =>
  toImageAnswer({ status: 200, headers: {}, body: Buffer.from(JSON.stringify(value)) }, model);
const imagen = (parameters: object) => ({
  method: 'predict',
  body: { instances: [{ prompt: 'A cat.' }], parameters: { includeRaiReason: true, ...parameters } },
});
const gemini = (more: object = {}) => ({
  method: 'generateContent',
  body: {
    contents: [{ role: 'user', parts: [{ text: 'A cat.' }] }],
    generationConfig: { responseModalities: ['TEXT', 'IMAGE'], ...more },
  },
});

describe('toImageCall', () => {
  it('asks Imagen', () => {
    expect(translate({})).toEqual({ call: imagen({ sampleCount: 1 }), names: [] });
    const all = { n: 3, size: '1792x1024', output_format: 'jpeg', output_compression: 80, response_format: 'b64_json' };
    expect(translate(all)).toEqual({
      call: imagen({
        sampleCount: 3,
        aspectRatio: '16:9',
        outputOptions: { mimeType: 'image/jpeg', compressionQuality: 80 },
      }),
      names: [],
    });
  });

  it('asks Gemini', () => {
    expect(translate({ quality: 'auto', background: null }, GEMINI)).toEqual({ call: gemini(), names: [] });
    expect(translate({ size: '1536x1024', output_format: 'jpeg' }, GEMINI)).toEqual({
      call: gemini({ imageConfig: { aspectRatio: '3:2', imageOutputOptions: { mimeType: 'image/jpeg' } } }),
      names: [],
    });
  });

  it.each([
    ['1024x1024', { aspectRatio: '1:1' }],
    ['2048x2048', { aspectRatio: '1:1', sampleImageSize: '2K' }],
    ['1024x1792', { aspectRatio: '9:16' }],
    ['auto', {}],
  ])('makes a shape of %s', (size, shape) => {
    expect(translate({ size })).toEqual({ call: imagen({ sampleCount: 1, ...shape }), names: [] });
  });

  it.each<[Record<string, unknown>, string, GeminiService, string]>([
    [{ size: '1536x1024' }, IMAGEN, 'vertex', 'size'],
    [{ size: 'large' }, IMAGEN, 'vertex', 'size'],
    [{ output_format: 'webp' }, IMAGEN, 'vertex', 'output_format'],
    [{ output_format: 'jpeg' }, IMAGEN, 'gemini', 'output_format'],
    [{ output_compression: 50 }, IMAGEN, 'vertex', 'output_compression'],
    [{ response_format: 'url' }, IMAGEN, 'vertex', 'response_format'],
    [{ quality: 'high' }, IMAGEN, 'vertex', 'quality'],
    [{ style: 'vivid' }, IMAGEN, 'vertex', 'style'],
  ])('names %j of %s at %s', (fields, model, service, name) => {
    expect(translate(fields, model, service).names).toEqual([name]);
  });

  it('refuses several images of a model that draws one', () => {
    expect(() => translate({ n: 2 }, GEMINI, 'vertex')).toThrow(expect.objectContaining({ status: 400, param: 'n' }));
  });

  it.each([
    [IMAGEN, true],
    ['imagegeneration@006', true],
    ['models/imagen-3.0-fast-generate-001', true],
    [GEMINI, false],
    ['gemini-3-pro-image-preview', false],
  ])('knows whether %s is Imagen', (model, is) => {
    expect(isImagenModel(model)).toBe(is);
  });
});

describe('toImageAnswer', () => {
  it('lists what Imagen drew, and leaves out what was filtered', () => {
    const value = {
      predictions: [
        { bytesBase64Encoded: 'AAAA', mimeType: 'image/png', prompt: 'A fat cat.' },
        { raiFilteredReason: 'No.' },
      ],
    };
    const { bytes, usage } = answer(value);
    expect(JSON.parse(bytes.toString())).toEqual({
      created: expect.any(Number) as number,
      data: [{ b64_json: 'AAAA', revised_prompt: 'A fat cat.' }],
    });
    expect(usage).toBeUndefined();
  });

  it('lists what Gemini drew, and counts it', () => {
    const parts = [{ text: 'Here:' }, { inlineData: { mimeType: 'image/png', data: 'AAAA' } }];
    const { bytes, usage } = answer(
      {
        candidates: [{ content: { parts }, finishReason: 'STOP' }],
        usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 1_290, totalTokenCount: 1_299 },
      },
      GEMINI,
    );
    expect(JSON.parse(bytes.toString())).toMatchObject({
      data: [{ b64_json: 'AAAA' }],
      usage: { input_tokens: 9, output_tokens: 1_290, total_tokens: 1_299 },
    });
    expect(usage).toMatchObject({ inputUncached: 9, output: 1_290 });
  });

  it.each<[unknown, string, string]>([
    [{ predictions: [{ raiFilteredReason: 'No.' }] }, IMAGEN, 'No.'],
    [{}, IMAGEN, 'The provider gave no image.'],
    [{ promptFeedback: { blockReason: 'SAFETY' } }, GEMINI, 'The provider blocked the prompt: SAFETY.'],
    [{ candidates: [{ finishReason: 'IMAGE_SAFETY', finishMessage: 'No.' }] }, GEMINI, 'No.'],
    [{ candidates: [{ finishReason: 'STOP', content: { parts: [{ text: 'Which cat?' }] } }] }, GEMINI, 'Which cat?'],
  ])('says why there is none: %j', (value, model, message) => {
    expect(() => answer(value, model)).toThrow(
      expect.objectContaining({ status: 400, code: 'content_policy_violation', message }),
    );
  });

  it('tells an error', () => {
    expect(() => answer({ error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'Slow.' } })).toThrow(
      expect.objectContaining({ status: 429 }),
    );
  });
});
