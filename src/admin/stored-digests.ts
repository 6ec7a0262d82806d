import { Inject, Injectable } from '@nestjs/common';
import { ApiKeyRepository } from '../auth/api-key.repository.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../gateway.settings.js';
import { ADMIN_SETTINGS, type AdminSettings } from './admin.settings.js';
import { AdminTokenRepository } from './admin-token.repository.js';

/** What client keys and tokens of administrators are stored by. */
@Injectable()
export class StoredDigests {
  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly gateway: Pick<GatewaySettings, 'digests'>,
    @Inject(ADMIN_SETTINGS) private readonly admin: Pick<AdminSettings, 'digests'>,
    private readonly keys: ApiKeyRepository,
    private readonly tokens: AdminTokenRepository,
  ) {}

  /** @returns ids of those that are stored under another master key than that of now, of each at most so many. */
  async waiting(limit: number): Promise<{ keys: readonly string[]; tokens: readonly string[] }> {
    const [keys, tokens] = await Promise.all([
      this.keys.idsNotUnder(this.gateway.digests.currentId, limit),
      this.tokens.idsNotUnder(this.admin.digests.currentId, limit),
    ]);
    return { keys, tokens };
  }
}
