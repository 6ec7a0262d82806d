import { GatewayError } from '../../errors/gateway-error.js';
import { readDataUrl } from '../data-url.js';

/**
 * An image of a message as Ollama takes it: base64 without a type.
 * @param param the place of the URL in the request, for errors.
 * @throws GatewayError for an image that is elsewhere, or no image.
 */
export function toImage(url: unknown, param: string): string {
  if (typeof url !== 'string') throw new GatewayError('invalid_type', { message: 'An image needs a URL.', param });
  if (/^https?:/i.test(url)) {
    throw new GatewayError('unsupported_parameter', {
      message: 'The provider of this model fetches no images: send them as data URLs (data:image/png;base64,…).',
      param,
    });
  }
  if (/^data:/i.test(url)) return readDataUrl(url, param).data;
  throw new GatewayError('invalid_value', { message: 'The URL of an image must be a data URL.', param });
}
