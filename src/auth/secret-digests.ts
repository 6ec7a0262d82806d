import { createHmac, timingSafeEqual } from 'node:crypto';
import { derivedKey } from './derived-key.js';

const ID_BYTES = 8;
const DIGEST_BYTES = 32;

interface Pepper {
  /** Tells the peppers apart, and nothing of them. */
  readonly id: Buffer;
  readonly key: Buffer;
}

/** Master keys that are known beside the one of now. */
export interface OtherMasterKeys {
  /** Those of before: what was stored under them is still good, and stored under that of now when it is used. */
  readonly previousMasterKeys?: readonly Buffer[] | undefined;
  /** What it will be: what other replicas store under it already is good, and stays as it is. */
  readonly nextMasterKey?: Buffer | undefined;
}

/** How a secret was recognised: by a digest that lasts, or by one that is to be made anew. */
export type Recognition = 'lasting' | 'outdated';

/**
 * The digests that secrets are stored by: the id of a pepper, and an HMAC-SHA-256 under it. Peppers come from the master
 * key and are in no database. A fast hash is right here: the secrets are random, there is nothing to guess.
 */
export class SecretDigests {
  private readonly current: Pepper;
  private readonly peppers: readonly Pepper[];
  private readonly lasting: readonly Buffer[];

  /** @param purpose of the secrets: what is stored for one is worth nothing for another. */
  constructor(purpose: string, masterKey: Buffer, { previousMasterKeys = [], nextMasterKey }: OtherMasterKeys = {}) {
    this.current = pepperFrom(purpose, masterKey);
    const next = nextMasterKey && pepperFrom(purpose, nextMasterKey);
    const lasting = next === undefined ? [this.current] : [this.current, next];
    this.lasting = lasting.map(({ id }) => id);
    this.peppers = [...lasting, ...previousMasterKeys.map((key) => pepperFrom(purpose, key))];
  }

  /** What all digests of now begin with. */
  get currentId(): Buffer {
    return this.current.id;
  }

  of(secret: string): Buffer {
    return Buffer.concat([this.current.id, hmac(this.current, secret)]);
  }

  /**
   * Takes the same time whatever is stored, also where nothing is.
   * @returns `undefined` where it is not the digest of this secret, under no master key that is known here.
   */
  recognize(secret: string, stored: Buffer | null | undefined): Recognition | undefined {
    // Digests of the first versions have no id before them.
    const digest = stored?.subarray(-DIGEST_BYTES);
    const compared = digest?.length === DIGEST_BYTES ? digest : Buffer.alloc(DIGEST_BYTES);
    let isSame = false;
    for (const pepper of this.peppers) isSame = timingSafeEqual(hmac(pepper, secret), compared) || isSame;
    if (!isSame || stored === undefined || stored === null) return undefined;
    const id = stored.subarray(0, -DIGEST_BYTES);
    return this.lasting.some((one) => one.equals(id)) ? 'lasting' : 'outdated';
  }
}

function hmac({ key }: Pepper, secret: string): Buffer {
  return createHmac('sha256', key).update(secret).digest();
}

function pepperFrom(purpose: string, masterKey: Buffer): Pepper {
  return { id: derivedKey(masterKey, `${purpose} id`, ID_BYTES), key: derivedKey(masterKey, purpose) };
}
