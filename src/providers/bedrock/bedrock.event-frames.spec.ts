import { crc32 } from 'node:zlib';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { event, eventMessage, exception } from '../../../test/support/aws.js';
import { type EventFrame, EventFrames } from './bedrock.event-frames.js';

function read(pieces: Iterable<Buffer>): EventFrame[] {
  const frames = new EventFrames();
  const taken: EventFrame[] = [];
  for (const piece of pieces) frames.push(piece, (frame) => taken.push(frame));
  if (!frames.isBetween) throw new Error('Something is left.');
  return taken;
}

const MESSAGES = [
  event('messageStart', { role: 'assistant' }),
  event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'é 😀' } }),
  exception('throttlingException', 'Später'),
  eventMessage(
    { ':message-type': 'error', ':error-code': 'InternalError', ':error-message': 'Broken' },
    Buffer.alloc(0),
  ),
];

describe('EventFrames', () => {
  it('takes messages apart', () => {
    expect(read([Buffer.concat(MESSAGES)]).map(({ kind, type }) => [kind, type])).toEqual([
      ['event', 'messageStart'],
      ['event', 'contentBlockDelta'],
      ['exception', 'throttlingException'],
      ['error', 'InternalError'],
    ]);
    expect(
      read(MESSAGES)
        .map(({ payload }) => payload)
        .slice(1),
    ).toEqual([
      '{"contentBlockIndex":0,"delta":{"text":"é 😀"},"p":"abcdefghijklmnop"}',
      '{"message":"Später"}',
      'Broken',
    ]);
  });

  it('takes them cut wherever they are', () => {
    const all = Buffer.concat(MESSAGES);
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: all.length - 1 }), { maxLength: 12 });
    fc.assert(
      fc.property(cuts, (places) => {
        const ends = [...places.sort((a, b) => a - b), all.length];
        const pieces = ends.map((end, index) => all.subarray(ends[index - 1] ?? 0, end));
        expect(read(pieces)).toEqual(read([all]));
      }),
    );
  });

  it('takes headers of every type', () => {
    const codec = new EventStreamCodec(
      (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString()),
      (text) => Buffer.from(text),
    );
    const bytes = codec.encode({
      headers: {
        flag: { type: 'boolean', value: true },
        number: { type: 'integer', value: 7 },
        time: { type: 'timestamp', value: new Date(0) },
        ':message-type': { type: 'string', value: 'event' },
        ':event-type': { type: 'string', value: 'metadata' },
      },
      body: Buffer.from('{}'),
    });
    expect(read([Buffer.from(bytes)])).toEqual([{ kind: 'event', type: 'metadata', payload: '{}' }]);
  });

  it('knows when a message is not whole', () => {
    const frames = new EventFrames();
    frames.push((MESSAGES[0] ?? Buffer.alloc(0)).subarray(0, -1), () => expect.fail('It is not whole.'));
    expect(frames.isBetween).toBe(false);
  });

  it('refuses any byte that is wrong', () => {
    const message = event('messageStart', { role: 'assistant' });
    for (let at = 0; at < message.length; at++) {
      const wrong = Buffer.from(message);
      wrong.writeUInt8(wrong.readUInt8(at) ^ 1, at);
      expect(() => read([wrong])).toThrow(expect.objectContaining({ code: 'upstream_invalid_response' }));
    }
  });

  it.each([
    ['too large', 1024 * 1024 + 1],
    ['too small', 15],
  ])('refuses a message that says it is %s', (_name, length) => {
    const prelude = Buffer.alloc(12);
    prelude.writeUInt32BE(length, 0);
    prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
    expect(() => read([...MESSAGES, prelude])).toThrow(expect.objectContaining({ code: 'upstream_invalid_response' }));
  });

  it('tells what came before the message that is wrong', () => {
    const taken: EventFrame[] = [];
    const bytes = Buffer.concat([MESSAGES[0] ?? Buffer.alloc(0), Buffer.alloc(16)]);
    expect(() => new EventFrames().push(bytes, (frame) => taken.push(frame))).toThrow('not valid');
    expect(taken).toHaveLength(1);
  });
});
