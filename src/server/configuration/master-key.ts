import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { ConfigurationError } from '../../errors/configuration-error.js';

const KEY_BYTES = 32;
const FILE_NAME = 'master.key';
const OTHERS_MAY = 0o077;

export interface MasterKeySource {
  /** As `NESTGATE_MASTER_KEY` has it. */
  readonly masterKey?: string | undefined;
  /** As `NESTGATE_MASTER_KEY_FILE` has it. */
  readonly masterKeyFile?: string | undefined;
  readonly dataDirectory: string;
}

/** 32 bytes from base64 or hex; `undefined` where the text is neither. */
export function parseMasterKey(text: string): Buffer | undefined {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return Buffer.from(trimmed, 'hex');
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) return undefined;
  const key = Buffer.from(trimmed, 'base64');
  return key.length === KEY_BYTES ? key : undefined;
}

/** The keys that were the master key before, and the one that will be. @throws ConfigurationError */
export function otherMasterKeys({
  previousMasterKeys = [],
  nextMasterKey,
}: {
  readonly previousMasterKeys?: readonly string[];
  readonly nextMasterKey?: string;
}): { previousMasterKeys: Buffer[]; nextMasterKey?: Buffer } {
  return {
    previousMasterKeys: previousMasterKeys.map(keyIn),
    ...(nextMasterKey === undefined ? {} : { nextMasterKey: keyIn(nextMasterKey) }),
  };
}

/**
 * The key under which everything secret is kept: from the setting, from the file that it names, or else from the file in
 * the data directory, which is made at the first start. Several processes that start at once get the same one.
 * @throws ConfigurationError where the file is damaged, open to others, or cannot be read or made.
 */
export function loadMasterKey({ masterKey, masterKeyFile, dataDirectory }: MasterKeySource): Buffer {
  if (masterKey !== undefined) {
    return keyIn(masterKey);
  }
  const path = masterKeyFile ?? join(dataDirectory, FILE_NAME);
  try {
    const key = readKey(path, masterKeyFile === undefined);
    // One that somebody has named is never made up for: what was stored under the right one could not be read any more.
    if (key === undefined && masterKeyFile !== undefined) {
      throw new ConfigurationError(path, 'is not there', 'put the key there, or unset NESTGATE_MASTER_KEY_FILE');
    }
    return key ?? makeKey(path);
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new ConfigurationError(
      path,
      `cannot be read or made (${code})`,
      'set NESTGATE_DATA_DIR to a folder of the user that runs the gateway, or set NESTGATE_MASTER_KEY',
    );
  }
}

function keyIn(text: string): Buffer {
  const key = parseMasterKey(text);
  if (key === undefined) throw invalidMasterKey();
  return key;
}

export function invalidMasterKey(): ConfigurationError {
  return new ConfigurationError(
    'NESTGATE_MASTER_KEY',
    'is not a key of 32 bytes in base64 or hex',
    'set it to what "openssl rand -base64 32" prints, or unset it to have one made in the data directory',
  );
}

/** @param isOurs whether it was made here: what an operator has put somewhere may be as open as they want it. */
function readKey(path: string, isOurs = true): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    // Windows keeps no such bits.
    if (isOurs && process.platform !== 'win32' && (fstatSync(file).mode & OTHERS_MAY) !== 0) {
      throw new ConfigurationError(
        path,
        'can be read or written by other users',
        `run: chmod 600 '${path}', or set NESTGATE_MASTER_KEY; make a new key if somebody may have read it`,
      );
    }
    const key = parseMasterKey(readFileSync(file, 'latin1'));
    if (key !== undefined) return key;
    throw new ConfigurationError(
      path,
      'is damaged: it does not hold 32 bytes in base64',
      'put it back from a backup: with a new key, stored client keys and provider secrets are lost',
    );
  } finally {
    closeSync(file);
  }
}

/** Written aside and then linked to its place: nobody sees half a key, and of several writers the first one wins. */
function makeKey(path: string): Buffer {
  const directory = dirname(path);
  mkdirSync(directory, { recursive: true });
  const aside = `${path}.${randomBytes(8).toString('hex')}`;
  const file = openSync(aside, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    writeSync(file, `${randomBytes(KEY_BYTES).toString('base64')}\n`);
    fsyncSync(file);
    linkSync(aside, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    closeSync(file);
    unlinkSync(aside);
  }
  syncDirectory(directory);
  const key = readKey(path);
  if (key === undefined) throw new ConfigurationError(path, 'vanished while it was made', 'start again');
  return key;
}

/** So that the key outlives a power failure as surely as what is encrypted under it. */
function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
