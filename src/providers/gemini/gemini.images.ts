import { UpstreamError } from '../../errors/upstream-error.js';
import { type ImageGenerationRequest } from '../../protocol/images.js';
import { isObject, parseJsonBytes } from '../../protocol/json.js';
import { type UpstreamResponse } from '../../upstream/upstream-request.js';
import { type Answer } from '../provider-adapter.interface.js';
import { type UnsupportedParameters } from '../unsupported-parameters.js';
import { toGeminiStreamError } from './gemini.errors.js';
import { toBlockedEnding, toEnding } from './gemini.finish-reason.js';
import { createdAt } from './gemini.parts.js';
import { type GeminiService } from './gemini.request.js';
import { readResponse } from './gemini.response.js';
import { toImageUnits, toTokenUsage } from './gemini.usage.js';

export interface ImageOptions {
  readonly upstreamModel: string;
  readonly service: GeminiService;
  readonly unsupported: UnsupportedParameters;
}

/** What is asked of the model, and the body. */
export interface ImageCall {
  readonly method: 'predict' | 'generateContent';
  readonly body: Record<string, unknown>;
}

/**
 * A request for images: Imagen draws through `predict`, Gemini's image models through `generateContent`, one image at a
 * time. A size becomes the aspect ratio that the model has for it, and `2K` or `4K` where a side is that long.
 *
 * Google gives no URLs of images: the answer holds them, whatever `response_format` says.
 *
 * @see https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/imagen-api
 * @see https://ai.google.dev/gemini-api/docs/image-generation
 */
export function toImageCall(request: ImageGenerationRequest, options: ImageOptions): ImageCall {
  const { unsupported, upstreamModel } = options;
  const fields = new Map<string, unknown>(Object.entries(request));
  for (const [name, value] of fields) {
    const isUsual = value === null || value === undefined || value === USUAL[name];
    if (!CARRIED.has(name) && !isUsual) unsupported.add(name);
  }
  if (request.response_format === 'url') unsupported.add('response_format');
  const isImagen = isImagenModel(upstreamModel);
  const shape = toShape(request.size, isImagen ? IMAGEN_RATIOS : GEMINI_RATIOS, unsupported);
  const output = toOutput(fields, options);
  return isImagen ? imagenCall(request, shape, output) : geminiCall(request, shape, output, unsupported);
}

export function isImagenModel(model: string): boolean {
  return /\bima(gen|ge)(generation)?[-@]/.test(model) && !model.includes('gemini');
}

const CARRIED: ReadonlySet<string> = new Set([
  'model',
  'prompt',
  'n',
  'size',
  'output_format',
  'output_compression',
  'response_format',
  'user',
]);

/** What OpenAI's API assumes anyway, or lets the model choose. */
const USUAL: Readonly<Record<string, unknown>> = {
  quality: 'auto',
  background: 'auto',
  moderation: 'auto',
  stream: false,
  partial_images: 0,
};

const IMAGEN_RATIOS = ['1:1', '3:4', '4:3', '9:16', '16:9'];
const GEMINI_RATIOS = [...IMAGEN_RATIOS, '2:3', '3:2', '4:5', '5:4', '21:9'];

/** Sizes such as 1792 × 1024 are near a ratio, not at it. */
const TOLERANCE = 0.03;

interface Shape {
  readonly aspectRatio?: string;
  readonly imageSize?: string;
}

function toShape(
  size: string | null | undefined,
  ratios: readonly string[],
  unsupported: UnsupportedParameters,
): Shape {
  if (!size || size === 'auto') return {};
  const [width = 0, height = 0] = size.split('x').map(Number);
  const ratio = width / height;
  const aspectRatio = ratios.find((name) => {
    const [x = 1, y = 1] = name.split(':').map(Number);
    return Math.abs(ratio / (x / y) - 1) < TOLERANCE;
  });
  if (aspectRatio === undefined) {
    unsupported.add('size');
    return {};
  }
  const longest = Math.max(width, height);
  const imageSize = longest >= 4_096 ? '4K' : longest >= 2_048 ? '2K' : undefined;
  return { aspectRatio, ...(imageSize === undefined ? {} : { imageSize }) };
}

interface Output {
  readonly mimeType?: string;
  readonly compressionQuality?: number;
}

/** Only Vertex AI lets the format be chosen. */
function toOutput(fields: ReadonlyMap<string, unknown>, { service, unsupported }: ImageOptions): Output {
  const format = fields.get('output_format') ?? 'png';
  const compression = fields.get('output_compression');
  const isJpeg = format === 'jpeg' && service === 'vertex';
  if (format !== 'png' && !isJpeg) unsupported.add('output_format');
  if (typeof compression === 'number' && !isJpeg && compression !== 100) unsupported.add('output_compression');
  if (!isJpeg) return {};
  return { mimeType: 'image/jpeg', ...(typeof compression === 'number' ? { compressionQuality: compression } : {}) };
}

function imagenCall({ prompt, n }: ImageGenerationRequest, shape: Shape, output: Output): ImageCall {
  const { aspectRatio, imageSize } = shape;
  const parameters = {
    sampleCount: n ?? 1,
    includeRaiReason: true,
    ...(aspectRatio === undefined ? {} : { aspectRatio }),
    ...(imageSize === undefined ? {} : { sampleImageSize: imageSize }),
    ...(Object.keys(output).length === 0 ? {} : { outputOptions: output }),
  };
  return { method: 'predict', body: { instances: [{ prompt }], parameters } };
}

function geminiCall(
  { prompt, n }: ImageGenerationRequest,
  shape: Shape,
  output: Output,
  unsupported: UnsupportedParameters,
): ImageCall {
  if ((n ?? 1) > 1) unsupported.add('n');
  const imageConfig = { ...shape, ...(Object.keys(output).length === 0 ? {} : { imageOutputOptions: output }) };
  const generationConfig = {
    responseModalities: ['TEXT', 'IMAGE'],
    ...(Object.keys(imageConfig).length === 0 ? {} : { imageConfig }),
  };
  const contents = [{ role: 'user', parts: [{ text: prompt }] }];
  return { method: 'generateContent', body: { contents, generationConfig } };
}

/**
 * The images as OpenAI's list. Where there is none, the reason is an error of status 400, as at OpenAI.
 * @throws UpstreamError
 */
export function toImageAnswer({ body }: UpstreamResponse, model: string): Answer {
  return isImagenModel(model) ? imagenAnswer(body) : geminiAnswer(body);
}

interface ListedImage {
  b64_json: string;
  revised_prompt?: string;
}

function imagenAnswer(body: Buffer): Answer {
  const value = parseJsonBytes(body);
  const answer = isObject(value) ? value : {};
  if (answer['error'] !== undefined) throw toGeminiStreamError(answer['error']);
  const { predictions } = answer;
  const list: Record<string, unknown>[] = Array.isArray(predictions) ? predictions.filter(isObject) : [];
  const data = list.flatMap(({ bytesBase64Encoded: image, prompt }): ListedImage[] =>
    typeof image === 'string'
      ? [{ b64_json: image, ...(typeof prompt === 'string' ? { revised_prompt: prompt } : {}) }]
      : [],
  );
  const reason = list.find(({ raiFilteredReason }) => typeof raiFilteredReason === 'string')?.['raiFilteredReason'];
  // Where all were filtered, older versions answer nothing at all.
  if (data.length === 0) throw filtered(typeof reason === 'string' ? reason : undefined);
  return { ...toList({ created: createdAt(undefined), data }), units: { images: data.length } };
}

function geminiAnswer(body: Buffer): Answer {
  const response = readResponse(body);
  const { candidates = [], promptFeedback = {}, createTime, usageMetadata } = response;
  const parts = candidates.flatMap(({ content }) => content?.parts ?? []);
  const data = parts.flatMap(({ inlineData, thought }): ListedImage[] =>
    inlineData === undefined || thought === true ? [] : [{ b64_json: inlineData.data }],
  );
  const [first] = candidates;
  if (data.length === 0) {
    const ending =
      first === undefined
        ? toBlockedEnding(promptFeedback)
        : toEnding(first.finishReason, first.finishMessage, { hasCalls: false, hasContent: false });
    const said = parts.flatMap(({ text, thought }) => (thought === true ? [] : (text ?? []))).join('');
    throw filtered(ending.refusal ?? (said === '' ? undefined : said));
  }
  const usage = toTokenUsage(usageMetadata);
  const counts =
    usage === undefined
      ? {}
      : {
          usage: {
            input_tokens: usage.inputUncached + usage.cacheRead + usage.inputAudio,
            output_tokens: usage.output + usage.reasoning + usage.outputAudio,
            total_tokens: Object.values(usage).reduce((sum, count) => sum + count, 0),
          },
        };
  const units = { images: data.length, ...toImageUnits(usageMetadata) };
  return { ...toList({ created: createdAt(createTime), data, ...counts }), usage, units };
}

function toList(list: Record<string, unknown>): Answer {
  return {
    contentType: 'application/json',
    bytes: Buffer.from(JSON.stringify(list)),
    usage: undefined,
    textBytes: 0,
  };
}

function filtered(reason: string | undefined): UpstreamError {
  return new UpstreamError('upstream_error', {
    status: 400,
    upstreamCode: 'content_policy_violation',
    message: reason ?? 'The provider gave no image.',
  });
}
