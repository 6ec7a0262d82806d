import { type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';

/** A request as Fastify hands it over: round Node's own, with the body where that was parsed. */
interface WrappedRequest<Request> {
  readonly raw: Request & { body?: unknown };
  readonly body?: unknown;
}

/** A response as Fastify hands it over. */
interface WrappedResponse {
  readonly raw: ServerResponse;
  hijack(): unknown;
  getHeaders(): OutgoingHttpHeaders;
}

/** A request of the host's platform: Express's is Node's own, Fastify's has it inside. */
export type PlatformRequest<Request extends IncomingMessage = IncomingMessage> = Request | WrappedRequest<Request>;

export type PlatformResponse = ServerResponse | WrappedResponse;

/** Node's own request, with the body that the host's platform has parsed, if it has. */
export function nodeRequest<Request extends IncomingMessage>(request: PlatformRequest<Request>): Request {
  if (!('raw' in request)) return request;
  const { raw, body } = request;
  if (body !== undefined) raw.body = body;
  return raw;
}

/** Node's own response. What the platform answers later is still answered. */
export function nodeResponse(response: PlatformResponse): ServerResponse {
  return 'raw' in response ? response.raw : response;
}

/** The same, to be answered by whoever asks for it: the platform keeps out of it, and headers that it has set stay. */
export function takeResponse(response: PlatformResponse): ServerResponse {
  if (!('raw' in response)) return response;
  const { raw } = response;
  response.hijack();
  if (raw.headersSent) return raw;
  for (const [name, value] of Object.entries(response.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value);
  }
  return raw;
}
