import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bytesOnDisk, canSeeOpenFiles, openUploads } from '../../test/support/open-uploads.js';
import { bytesOf, type MultipartForm } from '../protocol/multipart-form.js';
import { FILE_BYTES_IN_MEMORY, FormCollector } from './form-collector.js';
import { readForm } from './form-reader.js';

const LIMITS = { uploadBytes: 8 * 1024 * 1024, uploadParts: 64, uploadFieldBytes: 64 * 1024 };
const BOUNDARY = 'x-boundary';
const CONTENT_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'nestgate-forms-'));
  vi.stubEnv('TMPDIR', temporary);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(temporary, { recursive: true });
});

type Pieces = Iterable<Buffer> | AsyncIterable<Buffer>;

function requestOf(pieces: Pieces, headers: Record<string, string> = {}) {
  return Object.assign(Readable.from(pieces, { objectMode: false }), {
    headers: { 'content-type': CONTENT_TYPE, ...headers },
  });
}

const read = (body: Buffer | string | Pieces, headers?: Record<string, string>, limits = LIMITS) =>
  readForm(
    requestOf(typeof body === 'string' ? [Buffer.from(body)] : Buffer.isBuffer(body) ? [body] : body, headers),
    limits,
  );

interface WrittenPart {
  readonly headers: string;
  readonly body: Buffer | string;
}

/** A form as a client writes it, with nothing of the gateway's. */
const written = (...parts: WrittenPart[]): Buffer =>
  Buffer.concat([
    ...parts.flatMap(({ headers, body }) => [
      Buffer.from(`--${BOUNDARY}\r\n${headers}\r\n\r\n`),
      Buffer.from(body),
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ]);

const field = (name: string, body: Buffer | string, more = ''): WrittenPart => ({
  headers: `Content-Disposition: form-data; name="${name}"${more}`,
  body,
});
const file = (name: string, fileName: string, body: Buffer | string): WrittenPart =>
  field(name, body, `; filename="${fileName}"\r\nContent-Type: audio/wav`);

/** The parts as plain values. */
const partsOf = (form: MultipartForm) =>
  Promise.all(
    form.parts.map(async (part) => ({
      name: part.name,
      fileName: part.fileName,
      contentType: part.contentType,
      size: part.size,
      bytes: (await bytesOf(part)).toString('latin1'),
    })),
  );

describe('readForm', () => {
  const AUDIO = Buffer.from([0, 13, 10, 45, 45, 120, 255, 13, 10, 13, 10]);
  const FORM = written(
    field('model', 'whisper-1'),
    file('file', 'speech.wav', AUDIO),
    field('timestamp_granularities[]', 'word'),
    field('prompt', 'Grüße'),
    field('timestamp_granularities[]', 'segment'),
    field('empty', ''),
  );
  const READ = [
    { name: 'model', fileName: undefined, contentType: undefined, size: 9, bytes: 'whisper-1' },
    { name: 'file', fileName: 'speech.wav', contentType: 'audio/wav', size: 11, bytes: AUDIO.toString('latin1') },
    { name: 'timestamp_granularities[]', fileName: undefined, contentType: undefined, size: 4, bytes: 'word' },
    { name: 'prompt', fileName: undefined, contentType: undefined, size: 7, bytes: 'GrÃ¼Ã\u009fe' },
    { name: 'timestamp_granularities[]', fileName: undefined, contentType: undefined, size: 7, bytes: 'segment' },
    { name: 'empty', fileName: undefined, contentType: undefined, size: 0, bytes: '' },
  ];

  it('takes a form apart, and has its text fields as values', async () => {
    const form = await read(FORM);
    expect(await partsOf(form)).toEqual(READ);
    expect(form.value).toEqual({
      model: 'whisper-1',
      'timestamp_granularities[]': ['word', 'segment'],
      prompt: 'Grüße',
      empty: '',
    });
    expect(form.size).toBe(27);
  });

  it('does so wherever the bytes are cut', async () => {
    for (let at = 1; at < FORM.length; at++) {
      expect(await partsOf(await read([FORM.subarray(0, at), FORM.subarray(at)]))).toEqual(READ);
    }
    expect(await partsOf(await read(Array.from(FORM, (byte) => Buffer.from([byte]))))).toEqual(READ);
  });

  it('does not take less than the whole for the whole', async () => {
    // The line end after the last boundary does not count.
    for (let at = 0; at < FORM.length - 2; at++) {
      await expect(read(FORM.subarray(0, at))).rejects.toMatchObject({ status: 400 });
    }
    expect(await partsOf(await read(FORM.subarray(0, -2)))).toEqual(READ);
  });

  it('gives any parts back as they were put in', async () => {
    const name = fc
      .string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
      .filter((text) => !/[\p{Cc}\\/"]|^\.\.?$/u.test(text));
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      // What looks like a boundary and is none.
      fc
        .array(fc.constantFrom('\r\n', '--', BOUNDARY.slice(0, -1), '-', '\n', 'x', '\r\n--x-boundar'))
        .map((pieces) => Buffer.from(pieces.join(''))),
    );
    const part = fc.record({
      name,
      fileName: name,
      contentType: fc.constantFrom('audio/wav', 'Text/Plain; charset="utf-8"', 'application/octet-stream'),
      body,
    });
    const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 60 }));
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 8 }), cuts, async (parts, sizes) => {
        const bytes = written(
          ...parts.map((one) => ({
            headers: `content-disposition: form-data; name="${one.name}"; filename="${one.fileName}"\r\nCONTENT-TYPE: ${one.contentType}`,
            body: one.body,
          })),
        );
        const pieces: Buffer[] = [];
        for (let at = 0; at < bytes.length;) {
          const { value: size } = sizes.next() as { value: number };
          pieces.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect(await partsOf(await read(pieces))).toEqual(
          parts.map((one) => ({
            name: one.name,
            fileName: one.fileName,
            contentType: one.contentType,
            size: one.body.length,
            bytes: one.body.toString('latin1'),
          })),
        );
      }),
    );
  });

  it.each([
    ['quotes as browsers have them', 'filename="a%22b.wav"', 'a%22b.wav'],
    ['quotes as curl has them', 'filename="a\\"b\\\\c.wav"', 'c.wav'],
    ['escaped quotes alone', 'filename="a\\"b.wav"', 'a"b.wav'],
    ['no quotes', 'filename=plain.wav', 'plain.wav'],
    ['UTF-8', 'filename="Grüße 👋.wav"', 'Grüße 👋.wav'],
    ['UTF-8 as older clients have it', 'filename="x.wav"; filename*=UTF-8\'\'Gr%C3%BC%C3%9Fe.wav', 'Grüße.wav'],
    ['a Windows path', 'filename="C:\\audio\\a.wav"', 'a.wav'],
    ['a path', 'filename="../../etc/a.wav"', 'a.wav'],
    ['a path to nowhere', 'filename="a/.."', ''],
    ['a semicolon', 'filename="a; name=b.wav"', 'a; name=b.wav'],
    ['nothing', 'filename=""', ''],
  ])('reads a file name with %s', async (_name, written_, fileName) => {
    const form = await read(written(field('file', 'x', `; ${written_}`)));
    expect(form.parts).toMatchObject([{ name: 'file', fileName }]);
  });

  it('keeps an inner multipart body as it is', async () => {
    const inner = '--inner\r\nContent-Disposition: form-data; name="model"\r\n\r\nother\r\n--inner--\r\n';
    const form = await read(
      written(field('file', inner, '; filename="a"\r\nContent-Type: multipart/mixed; boundary=inner')),
    );
    expect(await partsOf(form)).toMatchObject([
      { name: 'file', contentType: 'multipart/mixed; boundary=inner', bytes: inner },
    ]);
    expect(form.value).toEqual({});
  });

  it('does not care for what stands before the first boundary and after the last', async () => {
    const form = await read(Buffer.concat([Buffer.from('before\r\n'), FORM, Buffer.from('after\r\n--x-boundary\r\n')]));
    expect(await partsOf(form)).toEqual(READ);
  });

  it('has a field of a dangerous name as any other', async () => {
    const { value } = await read(written(field('__proto__', 'x')));
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it.each([
    ['no name', written(field('', 'x')), 'invalid_part'],
    ['no disposition', written({ headers: 'Content-Type: text/plain', body: 'x' }), 'invalid_part'],
    ['no headers', `--${BOUNDARY}\r\n\r\nx\r\n--${BOUNDARY}--\r\n`, 'invalid_part'],
    [
      'no end of its headers',
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n--${BOUNDARY}--\r\n`,
      'invalid_part',
    ],
    [
      'another disposition',
      written({ headers: 'Content-Disposition: attachment; name="a"', body: 'x' }),
      'invalid_part',
    ],
    ['two dispositions', written(field('a', 'x', '\r\nContent-Disposition: form-data; name="b"')), 'invalid_part'],
    ['two names', written(field('a', 'x', '; name="b"')), 'invalid_part'],
    [
      'a name that is not closed',
      written({ headers: 'Content-Disposition: form-data; name="a', body: 'x' }),
      'invalid_part',
    ],
    ['a file name whose last quote is escaped', written(field('a', 'x', '; filename="b\\"')), 'invalid_part'],
    ['a row of backslashes', written(field('a', 'x', `; filename="${'\\'.repeat(10_001)}"`)), 'invalid_part'],
    ['a name with a NUL', written(field('a\0', 'x')), 'invalid_part'],
    ['a name with a bare line feed', written(field('a\nb', 'x')), 'invalid_part'],
    ['a name that is not UTF-8', written(field('a', 'x')).toString('latin1').replace('"a"', '"\xff"'), 'invalid_part'],
    ['a name of many brackets', written(field(`a${'[b]'.repeat(300)}`, 'x')), 'invalid_part'],
    ['huge headers', written(field('a', 'x', `; filename="${'n'.repeat(20_000)}"`)), 'invalid_part'],
    ['a transfer encoding', written(field('a', 'eA==', '\r\nContent-Transfer-Encoding: base64')), 'invalid_part'],
    ['a file name in another charset', written(field('a', 'x', "; filename*=iso-8859-1''%e4")), 'invalid_part'],
    ['a text that is not UTF-8', written(field('a', Buffer.from([0xff]))), 'invalid_encoding'],
    ['too many parts', written(...Array.from({ length: 65 }, () => field('a', 'x'))), 'too_many_parts'],
    ['ten thousand parts', written(...Array.from({ length: 10_000 }, () => field('a', ''))), 'too_many_parts'],
    [
      'texts that are too large',
      written(field('a', 'x'.repeat(40_000)), field('b', 'x'.repeat(40_000))),
      'payload_too_large',
    ],
    ['nothing', '', 'invalid_form'],
    ['no boundary', 'model=whisper-1', 'invalid_form'],
    ['no last boundary', FORM.subarray(0, FORM.indexOf(`--${BOUNDARY}--`)), 'invalid_form'],
    ['another boundary', FORM.toString('latin1').replaceAll('boundary', 'Boundary'), 'invalid_form'],
  ])('refuses a form with %s', async (_name, body, code) => {
    const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body;
    await expect(read(bytes)).rejects.toMatchObject({ code });
    // The same in pieces of a few bytes.
    const crumbs = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, index) =>
      bytes.subarray(index * 7, index * 7 + 7),
    );
    await expect(read(crumbs)).rejects.toMatchObject({ code });
  });

  it.each([
    [undefined, 'unsupported_media_type'],
    ['application/json', 'unsupported_media_type'],
    ['multipart/mixed; boundary=x-boundary', 'unsupported_media_type'],
    ['multipart/form-data', 'invalid_form'],
    ['multipart/form-data; boundary=', 'invalid_form'],
    ['multipart/form-data; boundary=a; boundary=b', 'invalid_form'],
    [`multipart/form-data; boundary=${'x'.repeat(71)}`, 'invalid_form'],
    ['multipart/form-data; boundary="a b', 'invalid_form'],
    [`multipart/form-data; boundary="${'\\'.repeat(10_001)}`, 'invalid_form'],
  ])('refuses the content type %s', async (contentType, code) => {
    const request = requestOf([FORM]);
    Object.assign(request, { headers: contentType === undefined ? {} : { 'content-type': contentType } });
    await expect(readForm(request, LIMITS)).rejects.toMatchObject({ code });
  });

  it.each(['Multipart/Form-Data;BOUNDARY="x-boundary"', 'multipart/form-data ; charset=utf-8; boundary=x-boundary;'])(
    'takes the content type %s',
    async (contentType) => {
      expect(await partsOf(await read(FORM, { 'content-type': contentType }))).toEqual(READ);
    },
  );

  it('refuses a compressed form, and one that is announced as too large, unread', async () => {
    const refusals = [{ 'content-encoding': 'gzip' }, { 'content-length': String(LIMITS.uploadBytes + 1) }];
    const codes = ['unsupported_content_encoding', 'payload_too_large'];
    for (const [index, headers] of refusals.entries()) {
      const request = requestOf([FORM], headers);
      await expect(readForm(request, LIMITS)).rejects.toMatchObject({ code: codes[index] });
      expect(request.readableDidRead).toBe(false);
    }
  });

  it('refuses a form that grows too large, and reads no further', async () => {
    let given = 0;
    const request = requestOf(
      (function* () {
        yield written(field('model', 'whisper-1')).subarray(0, -16);
        yield Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`);
        for (; given < 100; given++) yield Buffer.alloc(1024 * 1024);
      })(),
    );
    await expect(readForm(request, LIMITS)).rejects.toMatchObject({ status: 413, code: 'payload_too_large' });
    expect(given).toBeLessThan(20);
    expect(request.isPaused()).toBe(true);
  });
});

describe.skipIf(!canSeeOpenFiles)('a large file', () => {
  const LARGE = Buffer.alloc(3 * 1024 * 1024 + 17, 'large enough');

  it('is kept on the disk, without a name, until the form is disposed of', async () => {
    const form = await read(
      written(
        file('file', 'a.wav', LARGE),
        field('model', 'm'),
        file('small', 'b.wav', 'tiny'),
        file('other', 'c.wav', LARGE),
      ),
    );
    expect(form.parts.map(({ content }) => Buffer.isBuffer(content))).toEqual([false, true, true, false]);
    expect(readdirSync(temporary)).toEqual([]);
    expect(openUploads(temporary)).toHaveLength(2);

    // As often as one likes, also at the same time.
    const [first] = form.parts;
    if (first === undefined) throw new Error('There is no part.');
    for (const bytes of await Promise.all([bytesOf(first), bytesOf(first)])) expect(bytes.equals(LARGE)).toBe(true);
    expect(first.size).toBe(LARGE.length);

    await form.dispose();
    expect(openUploads(temporary)).toEqual([]);
    await expect(bytesOf(first)).rejects.toThrow('closed');
  });

  it('leaves nothing behind where the form is refused, cut off or abandoned', async () => {
    const body = written(file('file', 'a.wav', LARGE), field('model', 'm'));
    await expect(read(body.subarray(0, -10))).rejects.toMatchObject({ code: 'invalid_form' });
    await expect(read(written(file('file', 'a.wav', LARGE), field('', 'x')))).rejects.toMatchObject({
      code: 'invalid_part',
    });
    const limits = { ...LIMITS, uploadBytes: 2 * 1024 * 1024 };
    await expect(read(body, {}, limits)).rejects.toMatchObject({ code: 'payload_too_large' });
    const request = requestOf([body.subarray(0, 2_000_000), body.subarray(2_000_000)]);
    request.once('pause', () => request.destroy());
    await expect(readForm(request, LIMITS)).rejects.toMatchObject({ code: 'client_closed_request' });
    expect(openUploads(temporary)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('is not read faster than the disk takes it', async () => {
    const collector = new FormCollector(BOUNDARY, LIMITS);
    const body = written(file('file', 'a.wav', LARGE));
    const start = body.indexOf('large enough');
    await collector.push(body.subarray(0, start));
    for (let at = start; at < start + LARGE.length; at += 500_000) {
      await collector.push(body.subarray(at, Math.min(at + 500_000, start + LARGE.length)));
      const taken = Math.min(at + 500_000 - start, LARGE.length);
      // The last bytes might be the beginning of the boundary.
      if (taken > FILE_BYTES_IN_MEMORY + 100) expect(bytesOnDisk(temporary)).toBeGreaterThan(taken - 100);
    }
    await collector.discard();
  });

  it('is refused where the disk takes nothing', async () => {
    vi.stubEnv('TMPDIR', join(temporary, 'missing'));
    await expect(read(written(file('file', 'a.wav', LARGE)))).rejects.toMatchObject({
      code: 'server_error',
      status: 500,
    });
  });
});
