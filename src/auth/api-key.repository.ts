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
  /** HMAC-SHA-256 of the whole key under the pepper. */
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
}
