import { describe, expect, it } from 'vitest';
import { remoteParent, traceparentOf } from './traceparent.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('remoteParent', () => {
  it('is the span that the header names', () => {
    expect(remoteParent(`00-${TRACE}-${SPAN}-01`, 1)).toEqual({
      traceId: TRACE,
      spanId: SPAN,
      traceFlags: 1,
      isRemote: true,
    });
  });

  it('takes what a later version adds', () => {
    expect(remoteParent(`01-${TRACE}-${SPAN}-01-more`, 1)).toMatchObject({ traceId: TRACE });
  });

  it.each([
    ['all zeros', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-00`],
    ['no span', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['the version ff', `ff-${TRACE}-${SPAN}-01`],
    ['more than version 00 has', `00-${TRACE}-${SPAN}-01-more`],
    ['too short', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['too long', `01-${TRACE}-${SPAN}-01-${'x'.repeat(300)}`],
    ['nothing', ''],
    ['no text', undefined],
    ['two of them', [`00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-01`]],
  ])('takes nothing from one with %s', (_name, header) => {
    expect(remoteParent(header, 1)).toBeUndefined();
  });

  it('decides itself what is kept, whatever the client’s flag says', () => {
    const flagsOf = (flags: string, sampling: number, trace = TRACE): number | undefined =>
      remoteParent(`00-${trace}-${SPAN}-${flags}`, sampling)?.traceFlags;
    expect([flagsOf('00', 1), flagsOf('01', 1), flagsOf('00', 0), flagsOf('01', 0)]).toEqual([1, 1, 0, 0]);
    // 1c80319c is a ninth of the way.
    expect([flagsOf('01', 0.1), flagsOf('00', 0.12)]).toEqual([0, 1]);
  });

  it('spells what it reads', () => {
    const parent = remoteParent(`00-${TRACE}-${SPAN}-01`, 1);
    expect(parent && traceparentOf(parent)).toBe(`00-${TRACE}-${SPAN}-01`);
  });
});
