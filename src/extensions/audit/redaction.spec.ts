import { describe, expect, it } from 'vitest';
import { redactorOf } from './redaction.js';

const redact = redactorOf({ redactFields: ['accountNumber'], redactPersonalData: true });

describe('redactorOf', () => {
  it.each([
    ['a member', '{"password":"hunter2","a":1}', '{"password":"[redacted]","a":1}'],
    [
      'a member in another spelling',
      '{"apiKey": "abc", "API-KEY": "abc"}',
      '{"apiKey": "[redacted]", "API-KEY": "[redacted]"}',
    ],
    ['a member of its own', '{"account_number":"17 4"}', '{"account_number":"[redacted]"}'],
    ['a number', '{"accountNumber":174,"a":1}', '{"accountNumber":[redacted],"a":1}'],
    [
      'JSON within JSON',
      String.raw`{"arguments":"{\"secret\":\"abc\",\"a\":1}"}`,
      String.raw`{"arguments":"{\"secret\":\"[redacted]\",\"a\":1}"}`,
    ],
    ['what was cut', '{"password":"hunt', '{"password":"[redacted]"'],
    ['a header in prose', 'authorization: Basic123 and on', 'authorization: [redacted] and on'],
    ['a key', 'use sk-proj-abcdefghijklmnop please', 'use [redacted] please'],
    ['a token', 'Bearer abcdefghijklmnop', '[redacted]'],
    ['credentials in a URL', 'postgres://me:pass@db/x', '[redacted]db/x'],
    ['an address', 'write to jane.doe+x@mail.example.co.uk now', 'write to [redacted] now'],
    ['an address in escapes', String.raw`jane\u0040example.com`, '[redacted]'],
    ['a card', 'card 4111 1111 1111 1111.', 'card [redacted].'],
    ['an account', 'DE89 3704 0044 0532 0130 00', '[redacted]'],
    ['a social security number', 'ssn 078-05-1120', 'ssn [redacted]'],
    ['a telephone number', 'call +49 30 1234567 or (555) 123-4567', 'call [redacted] or [redacted]'],
  ])('takes out %s', (_name, text, redacted) => {
    expect(redact(text)).toBe(redacted);
  });

  it.each([
    '{"model":"gpt-4o-2024-08-06","max_tokens":1000,"temperature":0.5}',
    'The secretary keeps the passwords policy.',
    '{"created":1795472724,"id":"chatcmpl-123"}',
    'At 10:30 on 2026-11-27 there were 1,234,567 of them.',
  ])('leaves what is neither: %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('leaves personal data where that is wanted, and no secret', () => {
    const lenient = redactorOf({ redactFields: [], redactPersonalData: false });
    expect(lenient('jane@example.com {"password":"x"}')).toBe('jane@example.com {"password":"[redacted]"}');
  });

  it.each([
    ['letters', 'a'.repeat(300_000)],
    ['digits', '1'.repeat(300_000)],
    ['digits and spaces', '1 '.repeat(150_000)],
    ['quotes', '"'.repeat(300_000)],
    ['backslashes', '\\'.repeat(300_000)],
    ['beginnings of members', '"secret'.repeat(40_000)],
    ['beginnings of URLs', 'a://'.repeat(70_000)],
    ['beginnings of keys', '-----BEGIN PRIVATE KEY-----'.repeat(2_000)],
    ['capitals', 'DE12 ABCD '.repeat(30_000)],
    ['dots', 'a@a.'.repeat(70_000)],
  ])('is not held up by %s', (_name, text) => {
    const before = process.cpuUsage().user;
    redact(text);
    // Microseconds; a pattern that goes back and forth would take minutes.
    expect(process.cpuUsage().user - before).toBeLessThan(5_000_000);
  });
});
