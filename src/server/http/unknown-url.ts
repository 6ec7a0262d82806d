import { GatewayError } from '../../errors/gateway-error.js';

/** URLs that clients ask for by themselves, or for a mistake that is often made, and what to do instead. */
const REMEDIES: readonly (readonly [urls: RegExp, remedy: string])[] = [
  [
    /^\/(?:v1\/)?responses(?:[/?]|$)/,
    'The Responses API is not served. Set the client to chat completions: POST /v1/chat/completions',
  ],
  [
    /^\/(?:v1\/)?messages(?:[/?]|$)/,
    'The Messages API is not served. Use a client of OpenAI: POST /v1/chat/completions',
  ],
  [
    /^\/openai\/deployments\//,
    'The URLs of Azure are not served. Use a client of OpenAI itself, whose base URL ends with /v1.',
  ],
  [
    /^\/(?:v1\/v1\/)?(?:chat\/completions|completions|embeddings|models|moderations|rerank|images|audio)(?:[/?]|$)/,
    'There is nothing at this URL. The base URL of a client ends with /v1, and has it once.',
  ],
];

/**
 * The error for a URL that nothing is at. Its message holds nothing of the URL.
 * @param url with its query.
 */
export function unknownUrl(url: string, cause: unknown): GatewayError {
  const [, message] = REMEDIES.find(([urls]) => urls.test(url)) ?? [];
  return new GatewayError('unknown_url', { cause, ...(message === undefined ? {} : { message }) });
}
