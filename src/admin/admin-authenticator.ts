import { timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { apiKeyDigest } from '../auth/api-key.js';
import { ChangeFeed } from '../auth/change-feed.js';
import { GatewayError } from '../errors/gateway-error.js';
import { ADMIN_SETTINGS, type AdminSettings } from './admin.settings.js';
import { ADMIN_TOKEN } from './admin-token.js';
import { AdminTokenRepository, type StoredAdminToken } from './admin-token.repository.js';
import { OWNER } from './admin-scopes.js';
import { type AskingAdministrator } from './administrator.js';

/** No token of any form is longer; what is longer is not even hashed. */
const MAX_TOKEN_LENGTH = 512;

const OF_THE_ENVIRONMENT: AskingAdministrator = {
  tokenId: null,
  name: 'environment',
  grant: OWNER,
  expiresAt: null,
};

/** Tells whose token it is. Each is looked up when it comes: administrators are few, and one shut out is out at once. */
@Injectable()
export class AdminAuthenticator {
  private readonly configured: Buffer | undefined;

  constructor(
    @Inject(ADMIN_SETTINGS) private readonly settings: AdminSettings,
    private readonly repository: AdminTokenRepository,
    private readonly changes: ChangeFeed,
  ) {
    this.configured = settings.token === undefined ? undefined : apiKeyDigest(settings.pepper, settings.token);
  }

  /**
   * @returns the administrator, `undefined` where the token is not valid.
   * @throws GatewayError `auth_unavailable` where it cannot be known.
   */
  async authenticate(token: string): Promise<AskingAdministrator | undefined> {
    if (token.length > MAX_TOKEN_LENGTH) return undefined;
    const digest = apiKeyDigest(this.settings.pepper, token);
    if (this.configured !== undefined && timingSafeEqual(digest, this.configured)) return OF_THE_ENVIRONMENT;
    const id = ADMIN_TOKEN.idOf(token);
    if (id === undefined) return undefined;
    const stored = await this.find(id);
    // Compared also where there is nothing to compare with, so that an unknown id takes as long as a wrong secret.
    const isSame = timingSafeEqual(digest, stored?.digest ?? Buffer.alloc(digest.length));
    if (stored === undefined || !isSame || stored.disabledAt !== null) return undefined;
    if (stored.expiresAt !== null && stored.expiresAt.getTime() <= this.changes.now()) return undefined;
    const { name, role, scopes, expiresAt } = stored;
    return { tokenId: id, name, grant: { role, scopes }, expiresAt };
  }

  private async find(id: string): Promise<StoredAdminToken | undefined> {
    try {
      return await this.repository.findById(id);
    } catch (cause) {
      throw new GatewayError('auth_unavailable', { retryAfter: 1, cause });
    }
  }
}
