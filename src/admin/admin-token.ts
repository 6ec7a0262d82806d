import { hkdfSync } from 'node:crypto';
import { TokenFormat } from '../auth/token-format.js';

/** For secret scanners: `nestgate-admin_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}`. */
export const ADMIN_TOKEN = new TokenFormat('nestgate-admin_');

/** The pepper of token digests, from the gateway's master key. */
export function adminPepperFrom(masterKey: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, '', 'nestgate admin token digest v1', 32));
}
