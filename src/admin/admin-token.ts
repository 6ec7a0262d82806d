import { type OtherMasterKeys, SecretDigests } from '../auth/secret-digests.js';
import { TokenFormat } from '../auth/token-format.js';

/** For secret scanners: `nestgate-admin_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}`. */
export const ADMIN_TOKEN = new TokenFormat('nestgate-admin_');

/** The digests that tokens are stored by. */
export function tokenDigests(masterKey: Buffer, others?: OtherMasterKeys): SecretDigests {
  return new SecretDigests('nestgate admin token digest v1', masterKey, others);
}
