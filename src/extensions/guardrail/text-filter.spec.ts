import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonTextFilter } from './json-text-filter.js';
import { parsePattern } from './pattern-syntax.js';
import { personalDataRules } from './personal-data.js';
import { TextFilter } from './text-filter.js';
import { MATCH_UNITS, TextRules } from './text-rules.js';

const rulesOf = (...sources: string[]): TextRules =>
  new TextRules(sources.map((source) => ({ kind: source, pattern: parsePattern(source), replacement: '#' })));

/** Milliseconds for a property on a machine that has other things to do. */
const PATIENCE_MS = 120_000;

const PERSONAL = new TextRules(personalDataRules());

function filterOf(rules: TextRules): TextFilter {
  return new TextFilter(rules, ({ replacement }) => replacement);
}

function masked(rules: TextRules, ...pieces: string[]): string {
  const filter = filterOf(rules);
  return pieces.map((piece) => filter.push(piece)).join('') + filter.end();
}

function maskedJson(...pieces: string[]): string {
  const filter = new JsonTextFilter(filterOf(PERSONAL));
  return pieces.map((piece) => filter.push(piece)).join('') + filter.end();
}

describe('TextFilter', () => {
  it.each([
    ['mail a.b+c@mail.example.com now', 'mail [EMAIL] now'],
    ['jürgen@größe.de', '[EMAIL]'],
    ['call +49 (0)30 1234567, or 0044 20 7946 0958', 'call [PHONE], or [PHONE]'],
    ['(212) 555-0100 and 212-555-0100', '[PHONE] and [PHONE]'],
    ['4111 1111 1111 1111 2027', '[CREDIT_CARD] 2027'],
    ['4111111111111112 has no checksum', '4111111111111112 has no checksum'],
    ['to DE89 3704 0044 0532 0130 00 please', 'to [IBAN] please'],
    ['DE88370400440532013000', 'DE88370400440532013000'],
    ['from 192.168.0.1, 2001:db8::8a2e:370:7334.', 'from [IP_ADDRESS], [IP_ADDRESS].'],
    ['std::cafe and 256.1.1.1 are none', 'std::cafe and 256.1.1.1 are none'],
    ['ssn 123-45-6789, not 000-45-6789', 'ssn [US_SSN], not 000-45-6789'],
    ['key sk-proj-abcdefghijklmnop123!', 'key [SECRET]!'],
    ['AKIAIOSFODNN7EXAMPLE', '[SECRET]'],
    ['ghp_0123456789abcdefghij0123456789abcdef', '[SECRET]'],
    ['at 12:30:45 on 2026-11-27 it was 3.14', 'at 12:30:45 on 2026-11-27 it was 3.14'],
  ])('knows personal data: %s', (text, expected) => {
    expect(masked(PERSONAL, text)).toBe(expected);
  });

  it('masks a secret whole that is longer than a match may be', () => {
    const token = `eyJ${'a'.repeat(40)}.eyJ${'b'.repeat(2_000)}.${'c'.repeat(80)}`;
    expect(masked(PERSONAL, `Bearer ${token} ok`)).toBe('Bearer [SECRET] ok');
    expect(masked(PERSONAL, ...`Bearer ${token} ok`)).toBe('Bearer [SECRET] ok');
    const key = `-----BEGIN RSA PRIVATE KEY-----\n${'QUJD\n'.repeat(200)}-----END RSA PRIVATE KEY-----`;
    expect(masked(PERSONAL, ...key)).toBe('[SECRET]-----END RSA PRIVATE KEY-----');
  });

  it('takes the leftmost match, of those the longest, of those the first rule', () => {
    expect(masked(rulesOf('ab', 'abcd', 'bcdef'), 'abcdef')).toBe('#ef');
    expect(masked(rulesOf('\\bcat\\b'), 'cat concat cat')).toBe('# concat #');
    expect(masked(rulesOf('^a+', 'b+$'), 'aab aabb')).toBe('#b aa#');
  });

  it('lets go of what cannot become a match', () => {
    const filter = filterOf(PERSONAL);
    expect(filter.push('Hello, wor')).toBe('Hello, ');
    expect(filter.push('ld! a@')).toBe('world! ');
    expect(filter.push('b.c')).toBe('');
    expect(filter.push(' ')).toBe('a@b.c ');
    expect(filter.push('x@example.')).toBe('');
    expect(filter.end()).toBe('x@example.');
  });

  it('holds back no more than a match may take', () => {
    const filter = filterOf(rulesOf('<[^>]*>'));
    const passed = filter.push(`<${'a'.repeat(10_000)}`);
    expect(passed.length).toBeGreaterThanOrEqual(10_000 - MATCH_UNITS);
  });

  it('tells without holding anything back, where it is only to tell', () => {
    const told: string[] = [];
    const filter = new TextFilter(
      PERSONAL,
      ({ kind, replacement }) => {
        told.push(kind);
        return replacement;
      },
      true,
    );
    expect(['to a@b', '.com', ''].map((piece) => filter.push(piece)).join('') + filter.end()).toBe('to a@b.com');
    expect(told).toEqual(['email']);
  });

  it('takes no longer for patterns that others take for ever', () => {
    const text = 'a'.repeat(5_000);
    expect(masked(rulesOf('(a+)+b', '(a|a)*c', '(?:a?){100}d', 'a*a*a*a*a*e'), text)).toBe(text);
  });
});

/** Made of what matches are made of, so that there are many, whole and half. */
const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'ann@example.com',
        '4111 1111 1111 1111',
        'DE89370400440532013000',
        '+49 30 1234567',
        '123-45-6789',
        '10.0.0.1',
        '2001:db8::8a2e:370:7334',
        'sk-abcdefghijklmnopqrst',
        'a@b.',
        '@',
        ' ',
        '.',
        '-',
        '\\',
        '"',
        '😀',
        'ü',
      ),
      fc.string({ maxLength: 8 }),
      fc.stringMatching(/^[0-9a-zA-Z@.+ -]{0,12}$/),
      fc.constant('1'.repeat(300)),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

const cut = (text: string, places: readonly number[]): string[] => {
  const sorted = [0, ...places.map((place) => place % (text.length + 1)), text.length].sort((a, b) => a - b);
  return sorted.slice(1).map((end, index) => text.slice(sorted[index], end));
};

const cuts = fc.array(fc.nat(), { maxLength: 12 });

describe('a text that comes in pieces', () => {
  it(
    'comes out the same, however it is cut',
    () => {
      fc.assert(
        fc.property(texts, cuts, (text, places) => {
          expect(masked(PERSONAL, ...cut(text, places))).toBe(masked(PERSONAL, text));
        }),
        { numRuns: 150 },
      );
    },
    PATIENCE_MS,
  );

  it('comes out the same unit by unit, for any pattern', () => {
    const patterns = fc.constantFrom(
      'a+b',
      '\\ba[ab]*\\b',
      '^ab|ba'.replace('^', ''),
      '(?:ab){1,3}',
      '[^b]b$',
      '\\d{2,}-?',
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[ab1 -]{0,40}$/), fc.array(patterns, { minLength: 1 }), (text, sources) => {
        const rules = rulesOf(...sources);
        expect(masked(rules, ...text.split(''))).toBe(masked(rules, text));
      }),
      { numRuns: 500 },
    );
  });

  it('finds what JavaScript finds, where the longest match is its match', () => {
    const patterns = fc.constantFrom('a+b', '\\ba[ab]*\\b', 'b{2,3}', '[ab]1+', '\\d+', 'a.b', '\\s\\S');
    fc.assert(
      fc.property(fc.stringMatching(/^[ab1 \n-]{0,40}$/), patterns, (text, source) => {
        expect(masked(rulesOf(source), text)).toBe(text.replaceAll(new RegExp(source, 'g'), '#'));
      }),
      { numRuns: 500 },
    );
  });
});

describe('JsonTextFilter', () => {
  it.each([
    ['{"to":"a@b.com","n":1}', '{"to":"[EMAIL]","n":1}'],
    ['{"to":"a\\u0040b.com"}', '{"to":"[EMAIL]"}'],
    ['{"card":4111111111111111}', '{"card":"[CREDIT_CARD]"}'],
    ['["\\"a@b.com\\"", true, null]', '["\\"[EMAIL]\\"", true, null]'],
    ['write to a@b.com', 'write to "[EMAIL]"'],
  ])('%s → %s', (json, expected) => {
    expect(maskedJson(json)).toBe(expected);
  });

  it(
    'comes out the same, however it is cut, and stays JSON that says the same but for what was masked',
    () => {
      const values = fc.jsonValue({ maxDepth: 2 }).chain((value) => texts.map((text) => ({ text, value, [text]: 1 })));
      fc.assert(
        fc.property(values, cuts, (value, places) => {
          const json = JSON.stringify(value);
          const whole = maskedJson(json);
          expect(maskedJson(...cut(json, places))).toBe(whole);
          expect((JSON.parse(whole) as { text: string }).text).toBe(masked(PERSONAL, value.text));
        }),
        { numRuns: 100 },
      );
    },
    PATIENCE_MS,
  );
});
