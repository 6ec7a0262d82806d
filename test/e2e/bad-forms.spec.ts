import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeUpstream, FakeUpstream as Upstream } from '../support/fake-upstream.js';
import { type GatewayUnderTest, startGateway, TEST_KEY } from '../support/gateway.js';
import { exchange, send } from '../support/raw-http.js';
import { CANARY } from './bad-inputs.table.js';

const LIMIT = 512 * 1024;
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

function post(
  body: string,
  { path = '/v1/audio/transcriptions', type = TYPE, headers = '', length = body.length }: Sent = {},
): string {
  const contentType = type === null ? '' : `Content-Type: ${type}\r\n`;
  const head = `POST ${path} HTTP/1.1\r\nHost: gateway.example\r\nAuthorization: Bearer ${TEST_KEY}\r\n`;
  return `${head}${contentType}${headers}Content-Length: ${length}\r\n\r\n${body}`;
}

type Row = [name: string, input: string, status: number, code: string, param?: string | null, message?: string];

const EDITS = { path: '/v1/images/edits' };

const ROWS: Row[] = [
  [
    'no model',
    post(file() + END),
    400,
    'missing_required_parameter',
    'model',
    "missing 'model' field in multipart form",
  ],
  [
    'no model among images',
    post(file('image') + END, EDITS),
    400,
    'missing_required_parameter',
    'model',
    "missing 'model' field in multipart form",
  ],
  ['the model twice', post(MODEL + MODEL + file() + END), 400, 'invalid_value', 'model'],
  ['the model as a file', post(MODEL + file('model') + file() + END), 400, 'invalid_type', 'model'],
  ['an empty model', post(field('model', '') + file() + END), 400, 'invalid_value', 'model'],
  ['a model that is not there', post(field('model', 'other') + file() + END), 404, 'model_not_found', 'model'],
  ['no file', post(MODEL + END), 400, 'missing_required_parameter', 'file'],
  ['the file as text', post(MODEL + field('file', 'x') + END), 400, 'missing_required_parameter', 'file'],
  ['115 two files', post(MODEL + file() + file() + END), 400, 'invalid_value', 'file'],
  ['115 many fields', post(MODEL + file() + field('a', 'x').repeat(63) + END), 400, 'too_many_parts'],
  ['115 ten thousand fields', post(MODEL + file() + field('a', '').repeat(5_000) + END), 400, 'too_many_parts'],
  ['115 an empty name', post(MODEL + field('', 'x') + file() + END), 400, 'invalid_part'],
  ['no name', post(MODEL + part('Content-Disposition: form-data') + file() + END), 400, 'invalid_part'],
  ['116 too much', post(MODEL + file('file', 'x'.repeat(LIMIT)) + END), 413, 'payload_too_large'],
  ['116 too much text', post(field('prompt', 'x'.repeat(70_000)) + MODEL + file() + END), 413, 'payload_too_large'],
  ['118 many brackets', post(MODEL + field(`a${'[b]'.repeat(300)}`, 'x') + file() + END), 400, 'invalid_part'],
  ['118 a prototype', post(MODEL + field('__proto__[x]', 'x') + file() + END), 400, 'unknown_parameter', '__proto__'],
  ['a prototype as a file', post(MODEL + file('__proto__') + file() + END), 400, 'unknown_parameter', '__proto__'],
  [
    'api_base',
    post(MODEL + field('api_base', 'http://127.0.0.1') + file() + END),
    400,
    'unknown_parameter',
    'api_base',
  ],
  ['another case', post(MODEL + field('Language', 'en') + file() + END), 400, 'unknown_parameter', 'language'],
  ['stream neither true nor false', post(MODEL + field('stream', 'yes') + file() + END), 400, 'invalid_type', 'stream'],
  ['no image', post(MODEL + field('prompt', 'x') + END, EDITS), 400, 'missing_required_parameter', 'image'],
  ['no prompt', post(MODEL + file('image[]') + END, EDITS), 400, 'missing_required_parameter', 'prompt'],
  [
    'two masks',
    post(MODEL + field('prompt', 'x') + file('image') + file('mask') + file('mask') + END, EDITS),
    400,
    'invalid_value',
    'mask',
  ],
  ['no last boundary', post(MODEL + file()), 400, 'invalid_form'],
  ['an end within a part', post(MODEL + file().slice(0, -20)), 400, 'invalid_form'],
  ['an end within a header', post(`${MODEL}--${B}\r\nContent-Dispo`), 400, 'invalid_form'],
  ['no parts', post(END), 400, 'missing_required_parameter', 'model'],
  ['nothing', post(''), 400, 'invalid_form'],
  ['JSON', post('{"model":"model"}', { type: 'application/json' }), 415, 'unsupported_media_type'],
  [
    'a form without files',
    post('model=model', { type: 'application/x-www-form-urlencoded' }),
    415,
    'unsupported_media_type',
  ],
  ['no content type', post(MODEL + file() + END, { type: null }), 415, 'unsupported_media_type'],
  ['no boundary', post(MODEL + file() + END, { type: 'multipart/form-data' }), 400, 'invalid_form'],
  [
    'a compressed body',
    post(MODEL + file() + END, { headers: 'Content-Encoding: gzip\r\n' }),
    415,
    'unsupported_content_encoding',
  ],
  [
    'an endless header',
    post(`--${B}\r\nContent-Disposition: form-data; name="${'x'.repeat(300_000)}`),
    400,
    'invalid_form',
  ],
];

describe('bad forms', () => {
  let gateway: GatewayUnderTest;
  let upstream: FakeUpstream;
  const crashes: unknown[] = [];
  const onCrash = (error: unknown): void => void crashes.push(error);

  beforeAll(async () => {
    process.on('unhandledRejection', onCrash).on('uncaughtException', onCrash);
    upstream = await Upstream.start();
    gateway = await startGateway({
      limits: { uploadBytes: LIMIT, uploadFieldBytes: 64 * 1024 },
      providers: [
        {
          name: 'one',
          kind: 'openai-compatible',
          baseUrl: upstream.baseUrl,
          models: [{ name: 'model' }],
          maxRetries: 0,
        },
      ],
    });
  });

  afterAll(async () => {
    await gateway.close();
    await upstream.close();
    process.off('unhandledRejection', onCrash).off('uncaughtException', onCrash);
  });

  it.each(ROWS)('%s → %i %s', async (_name, input, status, code, param = null, message) => {
    const response = await send(gateway.port, input);
    expect(response).toMatchObject({ status, headers: { 'content-type': 'application/json' } });
    const { error } = JSON.parse(response.body) as { error: Record<string, unknown> };
    expect(error).toMatchObject({ type: 'invalid_request_error', code, param });
    if (message !== undefined) expect(error['message']).toBe(message);
    expect(JSON.stringify(response)).not.toContain(CANARY);
    expect(response.body).not.toMatch(/node_modules|\.[jt]s:\d|Error:/);
    expect(upstream.dispatches).toBe(0);
    expect(await gateway.records()).toEqual([]);
  });

  it('too much is refused before it is asked for', async () => {
    const input = post('', { headers: 'Expect: 100-continue\r\n', length: LIMIT + 1 });
    const { responses, informational, closed } = await exchange(gateway.port, input);
    expect(informational).toEqual([]);
    expect(responses).toMatchObject([{ status: 413, headers: { connection: 'close' } }]);
    expect(closed).toBe(true);
  });

  it('too much without a length is refused when it is too much', async () => {
    const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
    const head = post('').replace('Content-Length: 0', 'Transfer-Encoding: chunked');
    const body = chunk(MODEL + file().slice(0, -10)) + chunk('x'.repeat(64 * 1024)).repeat(9);
    // No end: the answer does not wait for it.
    const response = await send(gateway.port, head + body);
    expect(response).toMatchObject({ status: 413, headers: { connection: 'close' }, closed: true });
  });

  it.each([
    ['a path', '../../etc/x.wav'],
    ['a path of Windows', '..\\..\\x.wav'],
    ['line breaks, encoded', 'x.wav%0D%0AX-Injected: 1'],
    ['a quote', 'x.wav\\"; name=\\"model'],
  ])('119 %s as the name of a file is no more than a name at the provider', async (_name, fileName) => {
    const named = part(
      `Content-Disposition: form-data; name="file"; filename="${fileName}"\r\nContent-Type: audio/wav`,
    );
    const before = upstream.dispatches;
    const { status } = await send(gateway.port, post(MODEL + named + END));
    expect([200, 400]).toContain(status);
    if (status === 400) return;
    expect(upstream.dispatches).toBe(before + 1);
    const heads = upstream.last.text.split('\r\n').filter((line) => /^(?:content-disposition|x-injected)/i.test(line));
    expect(heads).toHaveLength(2);
    expect(heads.join()).not.toMatch(/\.\.[/\\]/);
    expect(heads.filter((line) => line.includes('name="model"'))).toHaveLength(1);
  });

  it('another method is refused', async () => {
    for (const path of ['/v1/audio/transcriptions', '/v1/audio/translations', '/v1/images/edits']) {
      const response = await send(gateway.port, `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      expect(response).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    }
  });

  it('nobody without a key has a form read', async () => {
    const input = post(MODEL, { headers: 'Expect: 100-continue\r\n', length: 10_000 }).replace(
      TEST_KEY,
      'sk-wrong-key-000000',
    );
    const { responses, informational } = await exchange(gateway.port, input);
    expect([responses[0]?.status, informational]).toEqual([401, []]);
  });

  it('and after all that it still serves', async () => {
    expect((await send(gateway.port, post(MODEL + file() + END))).status).toBe(200);
    expect(crashes).toEqual([]);
  });
});
