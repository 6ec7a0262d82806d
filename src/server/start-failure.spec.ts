import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../errors/configuration-error.js';
import { explainStartFailure } from './start-failure.js';

const failure = (code: string): Error => Object.assign(new Error('connect to somewhere with secret'), { code });

describe('explainStartFailure', () => {
  it.each([
    ['a taken port', failure('EADDRINUSE'), 'set PORT'],
    ['no Postgres', failure('ECONNREFUSED'), 'DATABASE_URL'],
    ['no Postgres on any address', new AggregateError([failure('ECONNREFUSED'), failure('ECONNREFUSED')]), 'start it'],
    ['a wrong password', Object.assign(new Error('x'), { driverError: failure('28P01') }), 'password'],
  ])('says what to do about %s, in one sentence', (_what, error, expected) => {
    const text = explainStartFailure(error);
    expect(text).toContain(expected);
    expect(text).not.toMatch(/secret|\n/);
  });

  it('leaves errors alone that explain themselves', () => {
    expect(explainStartFailure(new ConfigurationError('auth', 'is odd', 'mend it'))).toBe('auth is odd: mend it');
  });

  it('shows the stack of what nobody foresaw', () => {
    expect(explainStartFailure(new Error('surprise'))).toMatch(/surprise\n\s+at /);
    expect(explainStartFailure('surprise')).toBe('surprise');
  });
});
