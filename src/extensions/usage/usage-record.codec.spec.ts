import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { usageRecord } from '../../../test/support/usage-records.js';
import { NO_TOKENS, type TokenUsage } from '../../protocol/token-usage.js';
import { decodeUsageRecord, encodeUsageRecord } from './usage-record.codec.js';

describe('the codec of usage records', () => {
  it('gives back what it was given, from one line', () => {
    const attempts = [
      { deployment: 'a/m', status: null, error: 'lacks_tools', durationMs: 0 },
      { deployment: 'b/m', status: 200, error: null, durationMs: 1.5, warnings: ['seed', 'line\nbreak'] },
    ];
    const record = usageRecord({ attempts, endUser: 'line\nbreak "quoted" \u0000 😀', firstChunkMs: null });
    const others = usageRecord({ cost: null, units: { images: 2, imageSize: 'large' }, failedAttemptsCost: 2n ** 60n });
    expect(decodeUsageRecord(encodeUsageRecord(others))).toEqual(others);
    const line = encodeUsageRecord(record);
    expect(line).not.toContain('\n');
    expect(decodeUsageRecord(line)).toEqual(record);
  });

  it('gives back every member there is, whatever stands in it', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    const maybe = fc.option(text);
    const milliseconds = fc.double({ min: 0, max: 1e9, noNaN: true });
    const tokens = fc.record(
      Object.fromEntries(Object.keys(NO_TOKENS).map((bucket) => [bucket, fc.nat()])) as Record<
        keyof TokenUsage,
        fc.Arbitrary<number>
      >,
    );
    const pico = fc.bigInt({ min: 0n, max: 2n ** 63n });
    const records = fc.record({
      startedAt: fc.date({ min: new Date(0), max: new Date(2 ** 48 - 1), noInvalidDate: true }),
      durationMs: milliseconds,
      firstChunkMs: fc.option(milliseconds),
      streaming: fc.boolean(),
      keyId: maybe,
      keyName: text,
      team: maybe,
      organization: maybe,
      endUser: maybe,
      tag: maybe,
      requestModel: text,
      model: text,
      provider: maybe,
      upstreamModel: maybe,
      answeredBy: maybe,
      httpStatus: fc.integer({ min: 200, max: 599 }),
      errorCode: maybe,
      tokens,
      units: fc.option(fc.constant({ images: 2, imageSize: 'large' })),
      cost: fc.option(pico),
      priceVersion: maybe,
      failedAttemptsCost: pico,
      attempts: fc.array(
        fc.record(
          {
            deployment: text,
            status: fc.option(fc.integer({ min: 200, max: 599 })),
            error: maybe,
            durationMs: milliseconds,
            keyIndex: fc.nat(9),
            warnings: fc.array(text, { minLength: 1, maxLength: 3 }),
          },
          { requiredKeys: ['deployment', 'status', 'error', 'durationMs'] },
        ),
        { maxLength: 3 },
      ),
      lease: fc.uuid(),
      leased: pico,
    });
    fc.assert(
      fc.property(records, (changes) => {
        const record = usageRecord(changes);
        const line = encodeUsageRecord(record);
        expect(line).not.toContain('\n');
        expect(decodeUsageRecord(line)).toEqual(record);
      }),
    );
  });

  it('leaves out counts that are none, and numbers and times that JSON has not', () => {
    const record = usageRecord({
      startedAt: new Date(Number.NaN),
      durationMs: Number.NaN,
      firstChunkMs: Number.POSITIVE_INFINITY,
      tokens: { ...NO_TOKENS, output: Number.POSITIVE_INFINITY, reasoning: Number.NaN },
    });
    expect(decodeUsageRecord(encodeUsageRecord(record)).tokens).toEqual(NO_TOKENS);
    expect(JSON.parse(encodeUsageRecord(record))).toMatchObject({ startedAt: null, durationMs: null });
  });
});
