import { type KeySettings } from '../key.options.js';
import { type TeamSettings } from '../owner.options.js';

/** A stored team or organisation. */
export interface KeyOwner {
  readonly kind: 'team' | 'organization';
  /** By which keys name it. */
  readonly name: string;
  /** Only a team has an organisation. */
  readonly settings: TeamSettings;
}

/** A stored client key. Its secret is not in here: only what it takes to recognise it. */
export interface StoredApiKey {
  /** The 12 characters that every key carries in clear. */
  readonly id: string;
  readonly name: string;
  /** What the whole key is recognised by: the id of a pepper, and an HMAC-SHA-256 under it. */
  readonly digest: Buffer;
  /** The same of the secret before, while both are good. */
  readonly previousDigest?: Buffer | null;
  /** From when on that one is good no longer. */
  readonly previousUntil?: Date | null;
  /** The start and the last four characters of the key, for people to tell keys apart. */
  readonly masked: string;
  /** Model names it may use; `null` for all. */
  readonly allowedModels: readonly string[] | null;
  readonly settings: KeySettings;
  /** The team and the organisation that it belongs to, as far as they are stored. */
  readonly owners?: readonly KeyOwner[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly disabledAt: Date | null;
}

/** Where client keys are kept. */
export abstract class ApiKeyRepository {
  abstract findById(id: string): Promise<StoredApiKey | undefined>;
  abstract count(): Promise<number>;
  /** @returns false where a key of that id is there already: nothing is changed then. */
  abstract insert(key: StoredApiKey): Promise<boolean>;

  /**
   * Where keys outlive the process, and so perhaps its master key: ids of those that can be used, or enabled, and have a
   * digest that does not begin with this.
   * @param pepper 8 bytes: what all digests under the master key of now begin with.
   * @param limit at most so many.
   */
  idsNotUnder(_pepper: Buffer, _limit: number): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  /**
   * Puts a digest under the master key of now in place of the one under a master key of before, wherever the key has that.
   * Storage that does not do so has its keys recognised for as long as that master key is known.
   */
  renewDigest(_id: string, _before: Buffer, _now: Buffer): Promise<void> {
    return Promise.resolve();
  }
}
