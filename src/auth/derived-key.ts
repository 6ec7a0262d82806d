import { hkdfSync } from 'node:crypto';

/** A key of its own for each purpose, from the master key: what one of them gives away says nothing of the others. */
export function derivedKey(masterKey: Buffer, purpose: string, bytes = 32): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, '', purpose, bytes));
}
