import { Inject, Injectable } from '@nestjs/common';
import { generateApiKey, maskApiKey } from '../auth/api-key.js';
import { ApiKeyRepository } from '../auth/api-key.repository.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../gateway.settings.js';

/** Sees to it that somebody can use a new gateway. */
@Injectable()
export class FirstKey {
  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: GatewaySettings,
    private readonly repository: ApiKeyRepository,
  ) {}

  /**
   * Makes a key for all models where there is none, neither configured nor stored.
   * @returns the key, to be shown this once; `undefined` where there is one already, or none is needed.
   */
  async make(): Promise<string | undefined> {
    const { authRequired, keys, digests } = this.settings;
    if (!authRequired || keys.length > 0 || (await this.repository.count()) > 0) return undefined;
    const { id, key } = generateApiKey();
    const isNew = await this.repository.insert({
      id,
      name: 'first',
      digest: digests.of(key),
      masked: maskApiKey(key),
      allowedModels: null,
      settings: {},
      createdAt: new Date(),
      expiresAt: null,
      disabledAt: null,
    });
    return isNew ? key : undefined;
  }
}
