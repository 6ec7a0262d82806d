import { type Readable } from 'node:stream';
import { type Egress } from './egress.js';

/** One HTTP request to a provider. */
export interface UpstreamRequest {
  readonly method: 'GET' | 'POST';
  /** Scheme, host and port: `https://api.openai.com`. */
  readonly origin: string;
  /** Where the origin may lead. Left out: what an `operator` may name. */
  readonly egress?: Egress | undefined;
  /** Path with query. */
  readonly path: string;
  /** Lower-case names. Only what is listed here is sent: no client header travels on by itself. */
  readonly headers: Readonly<Record<string, string>>;
  /** What is too large for memory comes as a stream, made anew for every try. */
  readonly body?: Buffer | string | (() => Readable);
}

/** A provider's whole answer, of any status. */
export interface UpstreamResponse {
  readonly status: number;
  readonly headers: UpstreamHeaders;
  readonly body: Buffer;
  /** What has taken a large answer in the pieces in which it came, where somebody wanted that. */
  readonly pieces?: AnswerPieces | undefined;
}

/** The same under another status. Written out, since a copy of a large one would be without its body. */
export function withStatus({ headers, body }: UpstreamResponse, status: number): UpstreamResponse {
  return { status, headers, body };
}

/** Takes a large answer piece by piece. */
export interface AnswerPieces {
  push(piece: Buffer): void;
  /** All of it, joined when it is first asked for. */
  readonly bytes: Buffer;
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
  const milliseconds = numberIn(headerValue(headers, 'retry-after-ms'));
  const value = headerValue(headers, 'retry-after');
  // Azure says `retry-after-ms: 0` beside a whole second.
  if (milliseconds !== undefined && (milliseconds > 0 || value === undefined)) return milliseconds / 1000;
  const seconds = numberIn(value);
  if (seconds !== undefined || value === undefined) return seconds;
  // JavaScript would take almost anything for a date.
  const date = /^[a-z]{3}/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.min(Math.max(0, (date - now) / 1000), LONGEST);
}

/** A year: what is longer is no time to wait for, and can be too large a number for a header. */
const LONGEST = 31_536_000;

function numberIn(value: string | undefined): number | undefined {
  return value !== undefined && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Math.min(Number(value), LONGEST) : undefined;
}
