import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { derivedKey } from '../../auth/derived-key.js';
import { type CallAnswer } from '../../events/call-answer.js';

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Makes answers unreadable for whoever sees where they are kept: AES-256-GCM under a key of the gateway's master key. */
export class AnswerSeal {
  private readonly key: Buffer;
  private readonly keys: readonly Buffer[];

  /** @param others master keys of before and to come: what was sealed under them opens too. */
  constructor(masterKey: Buffer, others: readonly Buffer[] = []) {
    this.key = sealKeyFrom(masterKey);
    this.keys = [this.key, ...others.map(sealKeyFrom)];
  }

  /** @param place that the answer belongs to: under another it does not open. */
  seal({ contentType, bytes }: CallAnswer, place: Buffer): Buffer {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.key, iv).setAAD(place);
    const sealed = [cipher.update(`${contentType}\n`), cipher.update(bytes), cipher.final()];
    return Buffer.concat([iv, cipher.getAuthTag(), ...sealed]);
  }

  /** @returns nothing for what was sealed under a master key that is not known, for another place, or changed since. */
  open(sealed: Buffer, place: Buffer): CallAnswer | undefined {
    for (const key of this.keys) {
      const opened = openedWith(key, sealed, place);
      if (opened === undefined) continue;
      const end = opened.indexOf('\n');
      return { contentType: opened.toString('utf8', 0, end), bytes: opened.subarray(end + 1) };
    }
    return undefined;
  }
}

function openedWith(key: Buffer, sealed: Buffer, place: Buffer): Buffer | undefined {
  try {
    const iv = sealed.subarray(0, IV_BYTES);
    const decipher = createDecipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES })
      .setAAD(place)
      .setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}

function sealKeyFrom(masterKey: Buffer): Buffer {
  return derivedKey(masterKey, 'nestgate idempotent answer v1');
}
