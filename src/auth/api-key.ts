import { createHmac, hash, hkdfSync, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * A client key reads `sk-nestgate_<id>_<secret><checksum>`: an id of 12 characters, in clear; a secret of 43 (256 bits);
 * and a CRC-32 of all before it, by which a mistyped or made-up key is told from a real one without asking a database.
 * For secret scanners: `sk-nestgate_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}`.
 */
const PREFIX = 'sk-nestgate_';
const ID_LENGTH = 12;
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const SECRET_START = PREFIX.length + ID_LENGTH + 1;
const KEY_LENGTH = SECRET_START + SECRET_LENGTH + CHECKSUM_LENGTH;
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export interface GeneratedApiKey {
  readonly id: string;
  /** The whole key: to be shown once and kept nowhere. */
  readonly key: string;
}

export function generateApiKey(): GeneratedApiKey {
  const id = randomCharacters(ID_LENGTH);
  const body = `${PREFIX}${id}_${randomCharacters(SECRET_LENGTH)}`;
  return { id, key: body + checksum(body) };
}

/** The id of a key of the right form and checksum; `undefined` for anything else. */
export function apiKeyId(key: string): string | undefined {
  if (key.length !== KEY_LENGTH || !key.startsWith(PREFIX) || key[SECRET_START - 1] !== '_') return undefined;
  const body = key.slice(0, -CHECKSUM_LENGTH);
  if (checksum(body) !== key.slice(-CHECKSUM_LENGTH)) return undefined;
  const id = key.slice(PREFIX.length, PREFIX.length + ID_LENGTH);
  return /^[0-9A-Za-z]+$/.test(id + key.slice(SECRET_START)) ? id : undefined;
}

/** What people may see of a key: its start and its last four characters. */
export function maskApiKey(key: string): string {
  return `${key.slice(0, PREFIX.length + 4)}…${key.slice(-4)}`;
}

/** The digest a key is stored by. A fast hash is right here: the secret is random, there is nothing to guess. */
export function apiKeyDigest(pepper: Buffer, key: string): Buffer {
  return createHmac('sha256', pepper).update(key).digest();
}

/** The pepper of key digests, from the gateway's master key. */
export function pepperFrom(masterKey: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, '', 'nestgate api key digest v1', 32));
}

/** What a key is looked up by in memory: never itself, never a part of it. */
export function cacheDigest(key: string): string {
  return hash('sha256', key, 'base64');
}

function checksum(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let digit = 0; digit < CHECKSUM_LENGTH; digit++) {
    text = ALPHABET.charAt(rest % ALPHABET.length) + text;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return text;
}

function randomCharacters(length: number): string {
  let text = '';
  for (let count = 0; count < length; count++) text += ALPHABET.charAt(randomInt(ALPHABET.length));
  return text;
}
