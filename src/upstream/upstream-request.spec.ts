import { describe, expect, it } from 'vitest';
import { headerValue, retryAfterSeconds } from './upstream-request.js';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const secondsOf = (headers: Record<string, string>): number | undefined => retryAfterSeconds(headers, NOW);

describe('retryAfterSeconds', () => {
  it.each([
    ['0', 0],
    ['7', 7],
    [' 7 ', 7],
    ['1.5', 1.5],
    ['Sun, 01 Mar 2026 12:00:30 GMT', 30],
    ['Sunday, 01-Mar-26 12:00:30 GMT', 30],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
  ])('Retry-After: %s', (value, seconds) => {
    expect(secondsOf({ 'retry-after': value })).toBe(seconds);
  });

  it.each(['', ' ', 'soon', '-5', '1e3', 'Infinity', 'NaN', '7 seconds'])('Retry-After: %j says nothing', (value) => {
    expect(secondsOf({ 'retry-after': value })).toBeUndefined();
  });

  it('goes by milliseconds first', () => {
    expect(secondsOf({ 'retry-after': '7', 'retry-after-ms': '1500' })).toBe(1.5);
    expect(secondsOf({ 'retry-after-ms': '250.5' })).toBe(0.2505);
    expect(secondsOf({ 'retry-after-ms': '0' })).toBe(0);
    expect(secondsOf({ 'retry-after': '7', 'retry-after-ms': '0' })).toBe(7);
  });

  it.each(['', 'soon', '-5', 'Infinity', '1e999', 'NaN'])('passes over retry-after-ms: %j', (value) => {
    expect(secondsOf({ 'retry-after': '7', 'retry-after-ms': value })).toBe(7);
  });

  it('is always a number that a header can say', () => {
    for (const value of ['9'.repeat(30), '9'.repeat(400)]) {
      const seconds = secondsOf({ 'retry-after': value });
      expect(seconds === undefined || Number.isSafeInteger(seconds)).toBe(true);
    }
  });

  it('is nothing without a header', () => {
    expect(secondsOf({})).toBeUndefined();
  });
});

describe('headerValue', () => {
  it('takes the first of several', () => {
    expect(headerValue({ a: ['1', '2'] }, 'a')).toBe('1');
    expect(headerValue({ a: '1' }, 'a')).toBe('1');
    expect(headerValue({ a: [] }, 'a')).toBeUndefined();
    expect(headerValue({}, 'a')).toBeUndefined();
  });
});
