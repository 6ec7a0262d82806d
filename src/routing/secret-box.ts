import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { derivedKey } from '../auth/derived-key.js';

const ALGORITHM = 'aes-256-gcm';
/** Of the envelope, in its first byte. */
const FORM = 1;
const ID_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + ID_BYTES + NONCE_BYTES + TAG_BYTES;

interface SealKey {
  /** Tells the keys apart, and nothing of them. */
  readonly id: Buffer;
  readonly key: Buffer;
}

/**
 * Seals secrets that have to be sent somewhere again, under a key from the master key: AES-256-GCM, bound to what they
 * belong to, so that an envelope that was put elsewhere does not open. The form of an envelope is: its form, the id of its
 * key, the nonce, the tag, what is sealed.
 */
export class SecretBox {
  private readonly current: SealKey | undefined;
  private readonly keys: readonly SealKey[];
  private readonly digestKey: Buffer;

  /**
   * @param masterKey `undefined` where there is none that outlives the process: nothing is sealed then.
   * @param others master keys of before and to come: what was sealed under them opens too.
   */
  constructor(masterKey: Buffer | undefined, others: readonly Buffer[] = []) {
    this.current = masterKey && sealKeyFrom(masterKey);
    this.keys = [...(this.current === undefined ? [] : [this.current]), ...others.map(sealKeyFrom)];
    this.digestKey = derivedKey(masterKey ?? randomBytes(32), 'nestgate provider secret digest v1');
  }

  get canSeal(): boolean {
    return this.current !== undefined;
  }

  seal(secret: string, boundTo: Buffer): Buffer {
    if (this.current === undefined) throw new Error('There is no master key to seal under');
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.current.key, nonce, { authTagLength: TAG_BYTES }).setAAD(boundTo);
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.of(FORM), this.current.id, nonce, cipher.getAuthTag(), sealed]);
  }

  /** @returns `undefined` where it was sealed under a key that is not known here, for something else, or was damaged. */
  open(envelope: Buffer, boundTo: Buffer): string | undefined {
    const known = this.keys.find(({ id }) => id.equals(keyIdIn(envelope)));
    if (known === undefined || envelope[0] !== FORM || envelope.length < HEAD_BYTES) return undefined;
    const rest = envelope.subarray(1 + ID_BYTES);
    const nonce = rest.subarray(0, NONCE_BYTES);
    const tag = rest.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
    try {
      const decipher = createDecipheriv(ALGORITHM, known.key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(boundTo).setAuthTag(tag);
      return Buffer.concat([decipher.update(rest.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString();
    } catch {
      return undefined;
    }
  }

  /** Whether it was sealed under the key that is sealed under now. */
  isCurrent(envelope: Buffer): boolean {
    return this.current?.id.equals(keyIdIn(envelope)) === true;
  }

  /** By which two secrets can be told apart, in hexadecimal. */
  digest(secret: string): string {
    return createHmac('sha256', this.digestKey).update(secret).digest('hex');
  }
}

function keyIdIn(envelope: Buffer): Buffer {
  return envelope.subarray(1, 1 + ID_BYTES);
}

function sealKeyFrom(masterKey: Buffer): SealKey {
  return {
    id: derivedKey(masterKey, 'nestgate provider secret key id v1', ID_BYTES),
    key: derivedKey(masterKey, 'nestgate provider secret v1'),
  };
}
