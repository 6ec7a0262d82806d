import { hash } from 'node:crypto';
import { type OtherMasterKeys, SecretDigests } from './secret-digests.js';
import { TokenFormat } from './token-format.js';

/** For secret scanners: `sk-nestgate_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}`. */
const FORMAT = new TokenFormat('sk-nestgate_');

export interface GeneratedApiKey {
  readonly id: string;
  /** The whole key: to be shown once and kept nowhere. */
  readonly key: string;
}

/** @param ofKey the id of a key that gets another secret. */
export function generateApiKey(ofKey?: string): GeneratedApiKey {
  const { id, token } = FORMAT.generate(ofKey);
  return { id, key: token };
}

/** The id of a key of the right form and checksum; `undefined` for anything else. */
export function apiKeyId(key: string): string | undefined {
  return FORMAT.idOf(key);
}

/** What people may see of a key: its start and its last four characters. */
export function maskApiKey(key: string): string {
  return FORMAT.mask(key);
}

/** The digests that keys are stored by. */
export function keyDigests(masterKey: Buffer, others?: OtherMasterKeys): SecretDigests {
  return new SecretDigests('nestgate api key digest v1', masterKey, others);
}

/** What a key is looked up by in memory: never itself, never a part of it. */
export function cacheDigest(key: string): string {
  return hash('sha256', key, 'base64');
}
