import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { CacheService } from '../../extensions/cache/cache.service.js';
import { auditEntry } from '../admin-audit.js';
import { AdminAuditRepository } from '../admin-audit.repository.js';
import { AdminRoute } from '../admin-route.decorator.js';
import { AdminBody } from '../admin-validation.js';
import { type AdminRequest } from '../administrator.js';
import { NeedsScope } from '../needs-scope.decorator.js';
import { Documented } from '../route-documentation.decorator.js';
import { CacheClearanceBody } from './cache.dto.js';

@AdminRoute()
@Controller('admin/cache')
export class CacheController {
  constructor(
    private readonly cache: CacheService,
    private readonly audit: AdminAuditRepository,
  ) {}

  /** Has the answers of a key, of a model, of both, or all of them forgotten. */
  @Post('clear')
  @NeedsScope('cache:write')
  @HttpCode(204)
  @Documented({ summary: 'Have answers forgotten', body: CacheClearanceBody })
  async clear(@Req() request: AdminRequest, @AdminBody() { key, model }: CacheClearanceBody): Promise<void> {
    // First, so that nothing is done that cannot be noted.
    await this.audit.append(
      auditEntry(request, {
        action: 'cache.clear',
        target: key ?? null,
        details: model === undefined ? {} : { model },
      }),
    );
    if (key === undefined) {
      await this.cache.clear({ model });
      return;
    }
    // Of a key of the configuration it is the name, of a stored one the id: neither can be mistaken for the other there.
    await this.cache.clear({ key: { keyId: null, keyName: key }, model });
    await this.cache.clear({ key: { keyId: key, keyName: key }, model });
  }
}
