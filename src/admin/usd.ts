const DECIMALS = 12;

/** Pico-USD as decimal text in USD, exactly: `0.000021`. */
export function usd(cost: bigint): string;
export function usd(cost: bigint | null): string | null;
export function usd(cost: bigint | null): string | null {
  if (cost === null) return null;
  const digits = String(cost < 0n ? -cost : cost).padStart(DECIMALS + 1, '0');
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, '');
  return `${cost < 0n ? '-' : ''}${digits.slice(0, -DECIMALS)}${fraction === '' ? '' : `.${fraction}`}`;
}
