import { describe, expect, it } from 'vitest';
import { budgetWindow } from './budget-window.js';

// The same as the database's, in test/persistence/budget-ledger.spec.ts.
describe('budgetWindow', () => {
  it.each([
    ['day', 'UTC', 0, '2026-03-29T12:00:00Z', '2026-03-29T00:00:00Z', '2026-03-30T00:00:00Z'],
    ['day', 'Europe/Berlin', 0, '2026-03-29T12:00:00Z', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'],
    ['day', 'Europe/Berlin', 0, '2026-10-25T12:00:00Z', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'],
    ['day', 'Asia/Kathmandu', 0, '2026-05-01T18:20:00Z', '2026-05-01T18:15:00Z', '2026-05-02T18:15:00Z'],
    ['week', 'UTC', 0, '2026-11-29T23:59:59Z', '2026-11-23T00:00:00Z', '2026-11-30T00:00:00Z'],
    ['week', 'UTC', 6, '2026-11-29T00:00:00Z', '2026-11-29T00:00:00Z', '2026-12-06T00:00:00Z'],
    ['week', 'America/New_York', 6, '2026-11-01T12:00:00Z', '2026-11-01T04:00:00Z', '2026-11-08T05:00:00Z'],
    ['month', 'America/New_York', 0, '2026-03-31T12:00:00Z', '2026-03-01T05:00:00Z', '2026-04-01T04:00:00Z'],
    ['month', 'Pacific/Kiritimati', 0, '2026-12-31T10:00:00Z', '2026-12-31T10:00:00Z', '2027-01-31T10:00:00Z'],
    ['total', 'Asia/Tokyo', 3, '2026-12-31T10:00:00Z', '1970-01-01T00:00:00Z', null],
  ] as const)('knows the %s in %s, week day %i, at %s', (period, timeZone, weekStartsOn, at, start, end) => {
    const window = budgetWindow(Date.parse(at), { period, timeZone, weekStartsOn });
    expect(window).toEqual({ start: Date.parse(start), end: end === null ? null : Date.parse(end) });
  });
});
