import { timingSafeEqual } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
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
  private readonly logger = new Logger(AdminAuthenticator.name);
  private readonly configured: Buffer | undefined;

  constructor(
    @Inject(ADMIN_SETTINGS) private readonly settings: AdminSettings,
    private readonly repository: AdminTokenRepository,
    private readonly changes: ChangeFeed,
  ) {
    this.configured = settings.token === undefined ? undefined : settings.digests.of(settings.token);
  }

  /**
   * @returns the administrator, `undefined` where the token is not valid.
   * @throws GatewayError `auth_unavailable` where it cannot be known.
   */
  async authenticate(token: string): Promise<AskingAdministrator | undefined> {
    if (token.length > MAX_TOKEN_LENGTH) return undefined;
    const digest = this.settings.digests.of(token);
    if (this.configured !== undefined && timingSafeEqual(digest, this.configured)) return OF_THE_ENVIRONMENT;
    const id = ADMIN_TOKEN.idOf(token);
    if (id === undefined) return undefined;
    const stored = await this.find(id);
    // Asked also where there is nothing to compare with, so that an unknown id takes as long as a wrong secret.
    const recognized = this.settings.digests.recognize(token, stored?.digest);
    if (stored === undefined || recognized === undefined || stored.disabledAt !== null) return undefined;
    if (stored.expiresAt !== null && stored.expiresAt.getTime() <= this.changes.now()) return undefined;
    if (recognized === 'outdated') await this.renew(stored, digest);
    const { name, role, scopes, expiresAt } = stored;
    return { tokenId: id, name, grant: { role, scopes }, expiresAt };
  }

  private async renew({ id, digest }: StoredAdminToken, now: Buffer): Promise<void> {
    try {
      await this.repository.renewDigest(id, digest, now);
    } catch (error) {
      this.logger.warn(`A token is still stored under a master key of before: ${String(error)}`);
    }
  }

  private async find(id: string): Promise<StoredAdminToken | undefined> {
    try {
      return await this.repository.findById(id);
    } catch (cause) {
      throw new GatewayError('auth_unavailable', { retryAfter: 1, cause });
    }
  }
}
