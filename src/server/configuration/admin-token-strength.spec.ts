import { describe, expect, it } from 'vitest';
import { ADMIN_TOKEN } from '../../admin/admin-token.js';
import { weaknessOf } from './admin-token-strength.js';

describe('weaknessOf', () => {
  it.each([
    ['', 'is empty'],
    ['sk-1234', 'is shorter than 16 characters'],
    ['admin', 'is shorter than 16 characters'],
    ['changeme', 'is shorter than 16 characters'],
    ['0123456789abcde', 'is shorter than 16 characters'],
    ['x'.repeat(513), 'is longer than 512 characters'],
    ['ratherLong but with blanks', 'has characters that no header can carry'],
    ['zwölf-große-boxkämpfer', 'has characters that no header can carry'],
    ['changeme-changeme-changeme', 'is easily guessed'],
    ['sk-1234567890abcdef', 'is easily guessed'],
    ['your-admin-token-here', 'is easily guessed'],
    ['NESTGATE_ADMIN_PASSWORD', 'is easily guessed'],
    ['1234567890123456', 'is easily guessed'],
    ['aaaaaaaaaaaaaaaaaaaa', 'is easily guessed'],
    ['abababababababababab', 'is easily guessed'],
  ])('of %j', (token, weakness) => {
    expect(weaknessOf(token)).toBe(weakness);
  });

  it.each(['q8Xv2LmP7rTz4WnB', 'Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ubw==', ADMIN_TOKEN.generate().token])(
    'finds none in %j',
    (token) => {
      expect(weaknessOf(token)).toBeUndefined();
    },
  );
});
