import { type IncomingMessage, type ServerResponse } from 'node:http';

/** Where a request was sent, with all that a host has put before our routes; no query, no closing slash. */
export function pathOf(request: IncomingMessage & { readonly originalUrl?: string }): string {
  const target = request.originalUrl ?? request.url ?? '';
  // Proxies are sent whole URLs, and pass them on.
  const path = target.startsWith('/') ? target.replace(/\?.*/s, '') : new URL(target).pathname;
  return path.replace(/\/$/, '');
}

/** Says where that is which a request to a list has made. */
export function locate(request: IncomingMessage, response: ServerResponse, name: string): void {
  response.setHeader('location', `${pathOf(request)}/${encodeURIComponent(name)}`);
}
