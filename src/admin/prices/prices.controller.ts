import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { RepricingService } from '../../extensions/usage/repricing.service.js';
import { auditEntry } from '../admin-audit.js';
import { AdminAuditRepository } from '../admin-audit.repository.js';
import { AdminRoute } from '../admin-route.decorator.js';
import { AdminBody } from '../admin-validation.js';
import { type AdminRequest } from '../administrator.js';
import { answerSchema, FLAG, TEXT, USD, WHOLE } from '../answer-schema.js';
import { NeedsScope } from '../needs-scope.decorator.js';
import { Documented } from '../route-documentation.decorator.js';
import { usd } from '../usd.js';
import { RerateBody } from './prices.dto.js';

/** What was rated anew. Costs in USD, as decimal text. */
interface ShownRepricing {
  /** Of its rows in the table `repricing`. */
  readonly run: string;
  readonly dryRun: boolean;
  /** Records that were looked at. */
  readonly records: number;
  readonly changed: number;
  /** Records without a price, which stay as they are. */
  readonly unpriced: number;
  /** Of the changed ones. */
  readonly oldCost: string;
  readonly newCost: string;
}

const REPRICING = answerSchema<ShownRepricing>('Repricing', {
  run: TEXT,
  dryRun: FLAG,
  records: WHOLE,
  changed: WHOLE,
  unpriced: WHOLE,
  oldCost: USD,
  newCost: USD,
});

@AdminRoute()
@Controller('admin/prices')
export class PricesController {
  constructor(
    private readonly repricing: RepricingService,
    private readonly audit: AdminAuditRepository,
  ) {}

  /** Rates past calls anew, by the prices that held when they started. */
  @Post('rerate')
  @NeedsScope('prices:write')
  @HttpCode(200)
  @Documented({ summary: 'Rate past calls anew', body: RerateBody, answer: REPRICING })
  async rerate(
    @Req() request: AdminRequest,
    @AdminBody() { dryRun = false, ...filter }: RerateBody,
  ): Promise<ShownRepricing> {
    // First, so that nothing is done that cannot be noted. What changed is noted with the change, batch by batch.
    if (!dryRun) {
      const details = { ...filter };
      await this.audit.append(auditEntry(request, { action: 'prices.rerate', target: filter.model ?? null, details }));
    }
    const by = `${request.administrator.name}, request ${request.requestId}`;
    const { id, records, changed, unpriced, oldCost, newCost } = await this.repricing.rerate({ ...filter, dryRun, by });
    return { run: id, dryRun, records, changed, unpriced, oldCost: usd(oldCost), newCost: usd(newCost) };
  }
}
