import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FormPart, MultipartForm, type StoredBytes } from '../protocol/multipart-form.js';
import { type WrittenForm, writeForm } from './form-writer.js';

const stored = (bytes: Buffer): StoredBytes => ({
  async *read() {
    for (let at = 0; at < bytes.length; at += 5) yield bytes.subarray(at, at + 5);
  },
});

const text = (name: string, value: string): FormPart => {
  const content = Buffer.from(value);
  return { name, fileName: undefined, contentType: undefined, content, size: content.length };
};
const file = (name: string, fileName: string, content: Buffer, contentType?: string): FormPart => ({
  name,
  fileName,
  contentType,
  content,
  size: content.length,
});
const onDisk = (part: FormPart): FormPart => ({
  ...part,
  content: Buffer.isBuffer(part.content) ? stored(part.content) : part.content,
});

const bytesOfBody = ({ body }: WrittenForm): Promise<Buffer> =>
  Buffer.isBuffer(body) ? Promise.resolve(body) : buffer(body());

/** What a reader that is not ours finds in it. */
async function readBack(form: WrittenForm) {
  const bytes = await bytesOfBody(form);
  expect(bytes.length).toBe(form.length);
  const found = await new Response(bytes, { headers: { 'content-type': form.contentType } }).formData();
  return Promise.all(
    [...found.entries()].map(async ([name, value]) =>
      typeof value === 'string'
        ? { name, value }
        : { name, fileName: value.name, type: value.type, bytes: Buffer.from(await value.arrayBuffer()) },
    ),
  );
}

const AUDIO = Buffer.from('\r\n--not-the-boundary\r\n\0\xff', 'latin1');

describe('writeForm', () => {
  const parts = [
    text('model', 'whisper'),
    file('file', 'a.wav', AUDIO, 'audio/x-wav'),
    text('timestamp_granularities[]', 'word'),
    text('timestamp_granularities[]', 'segment'),
    text('prompt', 'Grüße\r\nan alle'),
    text('empty', ''),
  ];
  const expected = [
    { name: 'model', value: 'whisper-1' },
    { name: 'file', fileName: 'a.wav', type: 'audio/x-wav', bytes: AUDIO },
    { name: 'timestamp_granularities[]', value: 'word' },
    { name: 'timestamp_granularities[]', value: 'segment' },
    { name: 'prompt', value: 'Grüße\r\nan alle' },
    { name: 'empty', value: '' },
  ];

  it('writes the parts in their order, with the model by its other name', async () => {
    const form = writeForm(new MultipartForm(parts), { model: 'whisper-1' });
    expect(Buffer.isBuffer(form.body)).toBe(true);
    expect(await readBack(form)).toEqual(expected);
  });

  it('writes what is on the disk as a stream, anew each time', async () => {
    const form = writeForm(
      new MultipartForm(parts.map((part) => (part.fileName === undefined ? part : onDisk(part)))),
      {
        model: 'whisper-1',
      },
    );
    expect(form.body).toBeTypeOf('function');
    expect(await readBack(form)).toEqual(expected);
    expect(await readBack(form)).toEqual(expected);
  });

  it('has another boundary each time', () => {
    const form = new MultipartForm(parts);
    expect(writeForm(form).contentType).not.toBe(writeForm(form).contentType);
  });

  it('adds no content type, and changes none', () => {
    const types = ['Text/Plain; charset="utf-8"', undefined];
    const { body } = writeForm(new MultipartForm(types.map((type) => ({ ...text('a', 'x'), contentType: type }))));
    const lines = String(body)
      .split('\r\n')
      .filter((line) => /^content-type/i.test(line));
    expect(lines).toEqual(['Content-Type: Text/Plain; charset="utf-8"']);
  });

  it.each(['toString', 'constructor', '__proto__'])('leaves a field %s alone', async (name) => {
    const form = writeForm(new MultipartForm([text(name, 'x')]), { model: 'other' });
    expect(await readBack(form)).toEqual([{ name, value: 'x' }]);
  });

  it('replaces no file', async () => {
    const form = writeForm(new MultipartForm([file('model', 'm.txt', AUDIO, 'text/plain')]), { model: 'other' });
    expect(await readBack(form)).toMatchObject([{ bytes: AUDIO }]);
  });

  it.each([
    ['a quote', 'a".wav', 'a%22.wav'],
    ['a new header', 'a.wav"\r\nX-Injected: 1\r\n\r\nbody', 'a.wav%22%0D%0AX-Injected: 1%0D%0A%0D%0Abody'],
    ['a boundary', '\r\n--x', '%0D%0A--x'],
    ['other letters', 'Grüße 👋.wav', 'Grüße 👋.wav'],
    ['what is escaped already', 'a%22.wav', 'a%22.wav'],
  ])('writes names with %s as browsers do', async (_name, given, sent) => {
    const form = writeForm(new MultipartForm([file(given, given, AUDIO), text('last', 'x')]));
    const bytes = await bytesOfBody(form);
    const line = bytes.toString('utf8').split('\r\n')[1];
    expect(line).toBe(`Content-Disposition: form-data; name="${sent}"; filename="${sent}"`);
    expect(await readBack(form)).toHaveLength(2);

    // What a browser's own code makes of the same name.
    const browsers = new FormData();
    browsers.append(given, new Blob([AUDIO]), given);
    const written = Buffer.from(await new Response(browsers).arrayBuffer()).toString('utf8');
    expect(written.split('\r\n')[1]).toBe(line);
  });

  it('lets no content type begin a new line', async () => {
    const form = writeForm(new MultipartForm([file('file', 'a', AUDIO, 'audio/wav\r\nX-Injected: 1')]));
    expect(String(form.body)).not.toContain('\nX-Injected');
  });

  it('loses nothing of any form', async () => {
    // Line ends within names are not what a reader gives back: see above.
    const name = fc.string({ minLength: 1, unit: 'grapheme' }).filter((one) => !/[\p{Cc}"\\]/u.test(one));
    const part = fc.record({ name, fileName: name, bytes: fc.uint8Array({ maxLength: 100 }), isStored: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1 }), async (given) => {
        const form = new MultipartForm(
          given.map(({ name: field, fileName, bytes, isStored }) => {
            const one = file(field, fileName, Buffer.from(bytes), 'audio/wav');
            return isStored ? onDisk(one) : one;
          }),
        );
        expect(await readBack(writeForm(form))).toEqual(
          given.map(({ name: field, fileName, bytes }) => ({
            name: field,
            fileName,
            type: 'audio/wav',
            bytes: Buffer.from(bytes),
          })),
        );
      }),
    );
  });

  it('says that a part cannot be read any longer', async () => {
    const gone: StoredBytes = {
      read: () =>
        new Readable({
          read() {
            this.destroy(new Error('EBADF'));
          },
        }),
    };
    const { body } = writeForm(new MultipartForm([{ ...text('file', ''), fileName: 'a', content: gone, size: 3 }]));
    if (Buffer.isBuffer(body)) throw new Error('It is in memory.');
    const stream = body();
    expect(stream).toBeInstanceOf(Readable);
    await expect(buffer(stream)).rejects.toMatchObject({ code: 'server_error' });
  });
});
