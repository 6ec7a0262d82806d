import { createHash } from 'node:crypto';
import { type ImageEditRequest, type ImageGenerationRequest } from '../../protocol/images.js';
import { type MultipartForm } from '../../protocol/multipart-form.js';
import { type RequestBody } from '../../protocol/request-body.js';
import { NO_TOKENS, type TokenUsage } from '../../protocol/token-usage.js';
import { type ProviderCall, type StreamPart } from '../provider-adapter.interface.js';
import { EVENT_STREAM, eventPart, jsonAnswer, type SimulatedOperation } from './simulator.capability.js';
import { invalid } from './simulator.controls.js';
import { reportOthers } from './simulator.parameters.js';
import { IMAGE_SIZE, pngOf } from './simulator.png.js';
import { SIMULATED, tokensIn } from './simulator.text.js';

const DONE: ReadonlySet<string> = new Set([
  'model',
  'prompt',
  'n',
  'response_format',
  'stream',
  'partial_images',
  'user',
  'simulator',
]);

const MAX_IMAGES = 10;
const MAX_PARTIAL_IMAGES = 3;
const TOKENS_PER_IMAGE = 1;

/** Small squares, of a colour that the prompt decides. */
export const SIMULATED_IMAGES = operation<ImageGenerationRequest>('image_generation', ({ prompt }) => prompt);

/** The same: what is in the images that are to be changed has no part in it. */
export const SIMULATED_IMAGE_EDITS = operation<ImageEditRequest, MultipartForm>('image_edit', ({ prompt }, body) => {
  const files = body.parts.filter(({ fileName }) => fileName !== undefined);
  return `${prompt} (of ${files.map(({ fileName, size }) => `"${fileName}", ${size} bytes`).join(' and ')})`;
});

interface Images {
  readonly prompt: string;
  readonly count: number;
  readonly partials: number;
  readonly usage: TokenUsage;
  readonly counts: Record<string, unknown>;
  bytesOf(index: number): Buffer;
}

/** @param describe what is to be seen, for the answer to say. */
function operation<Request extends { prompt: string }, Body extends RequestBody = ProviderCall<Request>['body']>(
  event: string,
  describe: (request: Request, body: Body) => string,
): SimulatedOperation<Request, Body> {
  const imagesOf = ({ request, body }: ProviderCall<Request, Body>): Images => {
    const { prompt } = request;
    const count = numberIn(body.value, 'n', 1, MAX_IMAGES) ?? 1;
    const read = tokensIn(prompt);
    const written = count * TOKENS_PER_IMAGE;
    return {
      prompt: `${SIMULATED} a square in place of ${describe(request, body)}`,
      count,
      partials: numberIn(body.value, 'partial_images', 0, MAX_PARTIAL_IMAGES) ?? 0,
      usage: { ...NO_TOKENS, inputUncached: read, output: written },
      counts: {
        input_tokens: read,
        output_tokens: written,
        total_tokens: read + written,
        input_tokens_details: { text_tokens: read, image_tokens: 0 },
      },
      bytesOf: (index) =>
        pngOf(createHash('sha256').update(`${index} ${prompt}`).digest(), SIMULATED.replace(/:$/, '')),
    };
  };
  return {
    content: [],
    report: ({ body, unsupported }) => {
      const { output_format: format, ...others } = body.value;
      reportOthers(format === 'png' ? others : body.value, DONE, unsupported);
    },
    answer: (call) => {
      const { count, prompt, usage, counts, bytesOf } = imagesOf(call);
      const isUrl = call.body.value['response_format'] === 'url';
      const data = Array.from({ length: count }, (_, index) => {
        const base64 = bytesOf(index).toString('base64');
        const image = isUrl ? { url: `data:image/png;base64,${base64}` } : { b64_json: base64 };
        return { ...image, revised_prompt: prompt };
      });
      return jsonAnswer({ created: 0, data, output_format: 'png', size: SIZE, usage: counts }, usage);
    },
    stream: (call) => {
      const { count, partials, usage, counts, bytesOf } = imagesOf(call);
      const head = { created_at: 0, output_format: 'png', size: SIZE, quality: 'low', background: 'opaque' };
      const parts = Array.from({ length: count }, (_, index): StreamPart[] => {
        const image = { b64_json: bytesOf(index).toString('base64'), ...head };
        const isLast = index === count - 1;
        return [
          ...Array.from({ length: partials }, (_unused, at) =>
            eventPart({ type: `${event}.partial_image`, ...image, partial_image_index: at }),
          ),
          eventPart({ type: `${event}.completed`, ...image, usage: counts }, isLast ? usage : undefined),
        ];
      });
      return { contentType: EVENT_STREAM, parts: parts.flat() };
    },
  };
}

const SIZE = `${IMAGE_SIZE}x${IMAGE_SIZE}`;

/** A whole number, which a form has as text. */
function numberIn(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  min: number,
  max: number,
): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null || value === '') return undefined;
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) return number;
  throw invalid(name, `a whole number from ${min} to ${max}`);
}
