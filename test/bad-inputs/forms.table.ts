import { TEST_KEY } from '../support/gateway.js';
import { type BadInput, CANARY, FIELD_LIMIT, http, type Row, rows, UPLOAD_LIMIT } from './bad-input.js';

const B = 'the-boundary';
const TYPE = `multipart/form-data; boundary=${B}`;

const part = (headers: string, body = CANARY): string => `--${B}\r\n${headers}\r\n\r\n${body}\r\n`;
const field = (name: string, value: string): string => part(`Content-Disposition: form-data; name="${name}"`, value);
const file = (name = 'file', body = CANARY): string =>
  part(`Content-Disposition: form-data; name="${name}"; filename="${CANARY}.wav"\r\nContent-Type: audio/wav`, body);
const END = `--${B}--\r\n`;
const MODEL = field('model', 'model');

interface Sent {
  readonly path?: string;
  readonly type?: string | null;
  readonly headers?: string;
  readonly length?: number;
}

function form(
  body: string,
  { path = '/v1/audio/transcriptions', type = TYPE, headers = '', length = body.length }: Sent = {},
): string {
  const contentType = type === null ? '' : `Content-Type: ${type}\r\n`;
  const head = `POST ${path} HTTP/1.1\r\nHost: gateway.example\r\nAuthorization: Bearer ${TEST_KEY}\r\n`;
  return `${head}${contentType}${headers}Content-Length: ${length}\r\n\r\n${body}`;
}

const EDITS = { path: '/v1/images/edits' };

const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

export const FORMS: BadInput[] = rows([
  ...['/v1/audio/transcriptions', '/v1/audio/translations', '/v1/images/edits'].map((path): Row => [
    57,
    `another method for ${path}`,
    http({ path }),
    405,
    'method_not_allowed',
  ]),
  [
    0,
    'no model',
    form(file() + END),
    400,
    'missing_required_parameter',
    'model',
    { message: "missing 'model' field in multipart form" },
  ],
  [
    0,
    'no model among images',
    form(file('image') + END, EDITS),
    400,
    'missing_required_parameter',
    'model',
    { message: "missing 'model' field in multipart form" },
  ],
  [0, 'the model twice', form(MODEL + MODEL + file() + END), 400, 'invalid_value', 'model'],
  [0, 'the model as a file', form(MODEL + file('model') + file() + END), 400, 'invalid_type', 'model'],
  [0, 'an empty model', form(field('model', '') + file() + END), 400, 'invalid_value', 'model'],
  [0, 'a model that is not there', form(field('model', 'other') + file() + END), 404, 'model_not_found', 'model'],
  [0, 'no file', form(MODEL + END), 400, 'missing_required_parameter', 'file'],
  [0, 'the file as text', form(MODEL + field('file', 'x') + END), 400, 'missing_required_parameter', 'file'],
  [115, 'two files', form(MODEL + file() + file() + END), 400, 'too_many_parts', 'file'],
  [115, '50 fields', form(MODEL + file() + field('a', 'x').repeat(50) + END), 400, 'too_many_parts'],
  [115, 'ten thousand fields', form(MODEL + file() + field('a', '').repeat(5_000) + END), 400, 'too_many_parts'],
  [115, 'an empty name', form(MODEL + field('', 'x') + file() + END), 400, 'invalid_part'],
  [0, 'no name', form(MODEL + part('Content-Disposition: form-data') + file() + END), 400, 'invalid_part'],
  [116, 'too much', form(MODEL + file('file', 'x'.repeat(UPLOAD_LIMIT)) + END), 413, 'payload_too_large'],
  [
    116,
    'too much text',
    form(field('prompt', 'x'.repeat(FIELD_LIMIT + 1)) + MODEL + file() + END),
    413,
    'payload_too_large',
  ],
  [118, 'many brackets', form(MODEL + field(`a${'[b]'.repeat(300)}`, 'x') + file() + END), 400, 'invalid_part'],
  [118, 'a prototype', form(MODEL + field('__proto__[x]', 'x') + file() + END), 400, 'unknown_parameter', '__proto__'],
  [0, 'a prototype as a file', form(MODEL + file('__proto__') + file() + END), 400, 'unknown_parameter', '__proto__'],
  [
    0,
    'api_base',
    form(MODEL + field('api_base', 'http://127.0.0.1') + file() + END),
    400,
    'unknown_parameter',
    'api_base',
  ],
  [0, 'another case', form(MODEL + field('Language', 'en') + file() + END), 400, 'unknown_parameter', 'language'],
  [
    0,
    'stream neither true nor false',
    form(MODEL + field('stream', 'yes') + file() + END),
    400,
    'invalid_type',
    'stream',
  ],
  [0, 'no image', form(MODEL + field('prompt', 'x') + END, EDITS), 400, 'missing_required_parameter', 'image'],
  [0, 'no prompt', form(MODEL + file('image[]') + END, EDITS), 400, 'missing_required_parameter', 'prompt'],
  [
    0,
    'two masks',
    form(MODEL + field('prompt', 'x') + file('image') + file('mask') + file('mask') + END, EDITS),
    400,
    'too_many_parts',
    'mask',
  ],
  [0, 'no last boundary', form(MODEL + file()), 400, 'invalid_form'],
  [0, 'an end within a part', form(MODEL + file().slice(0, -20)), 400, 'invalid_form'],
  [0, 'an end within a header', form(`${MODEL}--${B}\r\nContent-Dispo`), 400, 'invalid_form'],
  [0, 'no parts', form(END), 400, 'missing_required_parameter', 'model'],
  [0, 'nothing', form(''), 400, 'invalid_form'],
  [0, 'JSON', form('{"model":"model"}', { type: 'application/json' }), 415, 'unsupported_media_type'],
  [
    0,
    'a form without files',
    form('model=model', { type: 'application/x-www-form-urlencoded' }),
    415,
    'unsupported_media_type',
  ],
  [0, 'no content type', form(MODEL + file() + END, { type: null }), 415, 'unsupported_media_type'],
  [0, 'no boundary', form(MODEL + file() + END, { type: 'multipart/form-data' }), 400, 'invalid_form'],
  [
    0,
    'a compressed body',
    form(MODEL + file() + END, { headers: 'Content-Encoding: gzip\r\n' }),
    415,
    'unsupported_content_encoding',
  ],
  [
    0,
    'an endless header',
    form(`--${B}\r\nContent-Disposition: form-data; name="${'x'.repeat(300_000)}`),
    400,
    'invalid_form',
  ],
]);

/** Refused before it has come, so that the connection is closed. */
export const LARGE_FORMS: BadInput[] = rows([
  [
    116,
    'too much that waits to be asked for',
    form('', { headers: 'Expect: 100-continue\r\n', length: UPLOAD_LIMIT + 1 }),
    413,
    'payload_too_large',
  ],
  [
    116,
    // No end: the answer does not wait for it.
    'too much without a length',
    form('').replace('Content-Length: 0', 'Transfer-Encoding: chunked') +
      chunk(MODEL + file().slice(0, -10)) +
      chunk('x'.repeat(UPLOAD_LIMIT)),
    413,
    'payload_too_large',
  ],
  [
    41,
    'a form of nobody’s that waits to be asked for',
    form(MODEL, { headers: 'Expect: 100-continue\r\n', length: 10_000 }).replace(TEST_KEY, 'sk-wrong-key-000000'),
    401,
    'invalid_api_key',
  ],
]);

/** Names of files that would be more than names. */
export const FILE_NAMES = [
  ['a path', '../../etc/x.wav'],
  ['a path of Windows', '..\\..\\x.wav'],
  ['line breaks, encoded', 'x.wav%0D%0AX-Injected: 1'],
  ['a quote', 'x.wav\\"; name=\\"model'],
] as const;

/** A transcription of a file that has this name. */
export const formWithFileName = (name: string): string =>
  form(
    MODEL + part(`Content-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: audio/wav`) + END,
  );

export const GOOD_FORM = form(MODEL + file() + END);
