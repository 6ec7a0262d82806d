import { describe, expect, it } from 'vitest';
import { usageRecord } from '../../../test/support/usage-records.js';
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
});
