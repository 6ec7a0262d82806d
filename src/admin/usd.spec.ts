import { expect, it } from 'vitest';
import { usd } from './usd.js';

it.each([
  [0n, '0'],
  [1n, '0.000000000001'],
  [21_000_000_000n, '0.021'],
  [10n ** 12n, '1'],
  [2n ** 63n - 1n, '9223372.036854775807'],
  [-500_000_000_000n, '-0.5'],
  [null, null],
])('%s pico-USD are %s USD', (cost, text) => {
  expect(usd(cost)).toBe(text);
});
