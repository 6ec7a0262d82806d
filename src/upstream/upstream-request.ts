/** One HTTP request to a provider. */
export interface UpstreamRequest {
  readonly method: 'GET' | 'POST';
  /** Scheme, host and port: `https://api.openai.com`. */
  readonly origin: string;
  /** Path with query. */
  readonly path: string;
  /** Lower-case names. Only what is listed here is sent: no client header travels on by itself. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** A provider's whole answer, of any status. */
export interface UpstreamResponse {
  readonly status: number;
  readonly headers: UpstreamHeaders;
  readonly body: Buffer;
}

/** Lower-case names. */
export type UpstreamHeaders = Readonly<Record<string, string | string[] | undefined>>;

export function headerValue(headers: UpstreamHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/**
 * Seconds to wait by a `Retry-After` header (seconds or an HTTP date) or `retry-after-ms`; `undefined` where neither says.
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfterSeconds(headers: UpstreamHeaders, now: number = Date.now()): number | undefined {
  const milliseconds = Number.parseFloat(headerValue(headers, 'retry-after-ms') ?? '');
  if (milliseconds >= 0) return milliseconds / 1000;
  const value = headerValue(headers, 'retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}
