import { TEST_KEY } from '../support/gateway.js';

/** Stands in every input: whoever finds it in an answer has found an echo. */
export const CANARY = 'canary7f3a';
/** The gateway's limits: for a body, for a form, and for a field of a form. */
export const BODY_LIMIT = 2 * 1_048_576;
export const UPLOAD_LIMIT = 512 * 1024;
export const FIELD_LIMIT = 64 * 1024;
/** May use one model only, and that one does not exist. */
export const NARROW_KEY = 'sk-test-narrow-0123456789';

/** What is there before an input comes. */
export interface Ground {
  /** Client keys that are stored, or look as if they were. */
  readonly keys: Readonly<Record<'unknown' | 'otherSecret' | 'expired' | 'disabled' | 'revoked', string>>;
  /** Where nobody may ever be sent. */
  readonly honeypot: string;
  /** Of a stored key, with the secret of which it is asked. */
  readonly keyId: string;
  readonly keySecret: string;
  readonly keyEtag: string;
  /** Administrators' tokens: one that may everything, and one that may look only. */
  readonly owner: string;
  readonly viewer: string;
  readonly viewerId: string;
}

export type Input = string | Uint8Array;
type InputOn = Input | ((ground: Ground) => Input);

/** An input, and the error that must come back. */
export interface BadInput {
  /** Its number in the list of bad inputs; 0 where it is not in it. */
  readonly row: number;
  readonly what: string;
  readonly input: InputOn;
  readonly status: number;
  readonly code: string;
  readonly param: string | null;
  readonly type: string;
  /** Word for word, where it matters. */
  readonly message?: string | undefined;
  /** How often the key is looked up, of two times that it comes. */
  readonly lookups?: number | undefined;
}

export type Row = readonly [
  row: number,
  what: string,
  input: InputOn,
  status: number,
  code: string,
  param?: string | null,
  more?: Partial<Pick<BadInput, 'type' | 'message' | 'lookups'>>,
];

export const rows = (table: readonly Row[]): BadInput[] =>
  table.map(([row, what, input, status, code, param = null, more = {}]) => ({
    row,
    what,
    input,
    status,
    code,
    param,
    type: 'invalid_request_error',
    ...more,
  }));

/** What looks bad and is not: it gets its answer. */
export type GoodInput = readonly [row: number, what: string, input: Input];

export interface Message {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: string;
  /** `null` for a request without `Authorization`. */
  readonly key?: string | null;
  readonly body?: string | Uint8Array | undefined;
}

/** A well-formed request with a canary in it; `headers` are raw lines, put before the usual ones. */
export function http({
  method = 'GET',
  path = '/v1/models',
  headers = '',
  key = TEST_KEY,
  body,
}: Message = {}): Buffer {
  const authorization = key === null ? '' : `Authorization: Bearer ${key}\r\n`;
  const bytes = typeof body === 'string' ? Buffer.from(body) : (body ?? new Uint8Array());
  const type = body === undefined || /^content-type:/im.test(headers) ? '' : 'Content-Type: application/json\r\n';
  const length = body === undefined || /^(?:content-length|transfer-encoding):/im.test(headers);
  const framing = length ? '' : `Content-Length: ${bytes.length}\r\n`;
  const host = /^host:/im.test(headers) ? '' : 'Host: gateway.example\r\n';
  const head = `${method} ${path} HTTP/1.1\r\n${host}${headers}X-Canary: ${CANARY}\r\n${authorization}${type}${framing}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes]);
}

const CHAT = { model: 'simulator/echo', messages: [{ role: 'user', content: CANARY }] };

/** A chat request: a good one changed in some fields, or any body at all. */
export function chat(change: Record<string, unknown> | string | Uint8Array = {}, message: Message = {}): Buffer {
  const body =
    typeof change === 'string' || change instanceof Uint8Array ? change : JSON.stringify({ ...CHAT, ...change });
  return http({ method: 'POST', path: '/v1/chat/completions', body, ...message });
}

/** A good chat request with a field given as raw JSON. */
export const chatField = (name: string, json: string): Buffer =>
  chat(`${JSON.stringify(CHAT).slice(0, -1)},"${name}":${json}}`);

export const post = (headers: string, body = ''): string =>
  `POST /v1/chat/completions HTTP/1.1\r\nHost: gateway.example\r\nX-Canary: ${CANARY}\r\nAuthorization: Bearer ${TEST_KEY}\r\n${headers}\r\n${body}`;
