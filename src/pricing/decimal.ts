/** Digits with a point among them: `0.15`, `15`, `.5`. */
const DECIMAL = /^(\d{0,12})(?:\.(\d{0,24}))?$/;

/** What numbers very small or large are written as: `1e-7`. */
const EXPONENT = /^(\d+)(?:\.(\d+))?e([+-]\d{1,2})$/;

/**
 * A decimal number as a whole number of its parts, without passing through binary fractions: of a number it is the
 * shortest decimal that means it, which is what was typed.
 * @param decimals how many digits after the point count.
 * @returns `undefined` for what is no such number, is below zero, or has more digits after the point than that.
 */
export function parseDecimal(value: unknown, decimals: number): bigint | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = withoutExponent(String(value).trim());
  const match = DECIMAL.exec(text);
  const [, whole = '', fraction = ''] = match ?? [];
  if (match === null || whole + fraction === '') return undefined;
  const digits = fraction.replace(/0+$/, '');
  return digits.length > decimals ? undefined : BigInt(whole + digits.padEnd(decimals, '0'));
}

function withoutExponent(text: string): string {
  const match = EXPONENT.exec(text);
  if (match === null) return text;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const point = whole.length + Number(exponent);
  const digits = whole + fraction;
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  return `${digits.padEnd(point, '0').slice(0, point)}.${digits.slice(point)}`;
}
