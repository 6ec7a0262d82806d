import { Inject, Injectable } from '@nestjs/common';
import { ADMIN_SETTINGS, type AdminSettings } from './admin.settings.js';
import { ADMIN_TOKEN } from './admin-token.js';
import { OWNER } from './admin-scopes.js';
import { AdminTokenRepository } from './admin-token.repository.js';

/** Sees to it that somebody can administer a new gateway. */
@Injectable()
export class FirstAdminToken {
  constructor(
    @Inject(ADMIN_SETTINGS) private readonly settings: AdminSettings,
    private readonly repository: AdminTokenRepository,
  ) {}

  /**
   * Makes an owner's token where there is none, neither in the environment nor stored.
   * @returns the token, to be shown this once; `undefined` where there is one already.
   */
  async make(): Promise<string | undefined> {
    if (this.settings.token !== undefined || (await this.repository.count()) > 0) return undefined;
    const { id, token } = ADMIN_TOKEN.generate();
    const isNew = await this.repository.insert({
      id,
      name: 'first',
      ...OWNER,
      grantedBy: null,
      digest: this.settings.digests.of(token),
      createdAt: new Date(),
      expiresAt: null,
      disabledAt: null,
    });
    return isNew ? token : undefined;
  }
}
