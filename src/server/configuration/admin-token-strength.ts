const MIN_LENGTH = 16;
const MAX_LENGTH = 512;
/** Random text of 16 characters has more than this, whatever its alphabet. */
const MIN_DISTINCT = 8;

/** What stands in examples and is left there. It may be in a token, and counts for nothing. */
const PLACEHOLDERS = /change.?me|admin|password|secret|example|nestgate|your|token|sk-?1234|12345678|abcdefgh|qwerty/gi;

/** Why a token must not be taken, as a problem of the configuration has it; `undefined` where nothing is wrong with it. */
export function weaknessOf(token: string): string | undefined {
  if (token === '') return 'is empty';
  if (!/^[\x21-\x7e]+$/.test(token)) return 'has characters that no header can carry';
  if (token.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`;
  if (token.length < MIN_LENGTH) return `is shorter than ${MIN_LENGTH} characters`;
  const rest = token.replace(PLACEHOLDERS, '');
  return rest.length < MIN_LENGTH || new Set(rest).size < MIN_DISTINCT ? 'is easily guessed' : undefined;
}
