import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StreamObjects } from './gemini.stream-objects.js';

function read(pieces: Iterable<Buffer>): unknown[] {
  const objects = new StreamObjects();
  const found: unknown[] = [];
  for (const piece of pieces) for (const object of objects.push(piece)) found.push(JSON.parse(object.toString()));
  return found;
}

const OBJECTS = [{ a: '}{"\\' }, { b: { c: [1, { d: 'é' }] } }, {}];
const texts = OBJECTS.map((one) => JSON.stringify(one));

describe('StreamObjects', () => {
  it.each([
    ['server-sent events', texts.map((text) => `data: ${text}\r\n\r\n`).join('')],
    ['an array', `[${texts.join('\n,\r\n')}]`],
    ['nothing between them', texts.join('')],
    [
      'comments and blanks',
      `: ping\n\n${texts.map((text) => `event: x\ndata:${text}\n\n`).join(': pong\n')}data: [DONE]\n\n`,
    ],
    ['line ends within them', texts.map((text) => text.replaceAll(',', ',\n  ')).join('\n')],
  ])('finds objects in %s', (_name, text) => {
    expect(read([Buffer.from(text)])).toEqual(OBJECTS);
    const bytes = Buffer.from(text);
    expect(read(Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1)))).toEqual(OBJECTS);
  });

  it('finds any objects, however they are cut', () => {
    const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 5 });
    fc.assert(
      fc.property(objects, fc.array(fc.nat(200)), (all, cuts) => {
        const bytes = Buffer.from(all.map((one) => `data: ${JSON.stringify(one)}\n\n`).join(''));
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((end, at) => bytes.subarray(places[at], end));
        expect(JSON.stringify(read(pieces))).toBe(JSON.stringify(JSON.parse(JSON.stringify(all))));
      }),
    );
  });

  it('knows that one has not ended', () => {
    const objects = new StreamObjects();
    objects.push(Buffer.from('data: {"a":'));
    expect(objects.isWithin).toBe(true);
    objects.push(Buffer.from('"}"}\n'));
    expect(objects.isWithin).toBe(false);
  });

  it('does not keep one that never ends', () => {
    const objects = new StreamObjects();
    const megabyte = Buffer.alloc(1024 * 1024, 0x20);
    expect(() => {
      objects.push(Buffer.from('{"a":"'));
      for (let count = 0; count < 100; count++) objects.push(megabyte);
    }).toThrow(expect.objectContaining({ code: 'upstream_invalid_response' }));
  });
});
