import { type ServerResponse } from 'node:http';
import { Controller, Delete, Get, HttpCode, Param, Patch, Post, Req, Res } from '@nestjs/common';
import { RepricingService } from '../../extensions/usage/repricing.service.js';
import { PriceOptions } from '../../price.options.js';
import { type JsonBody } from '../../protocol/json-body.js';
import { auditEntry } from '../admin-audit.js';
import { AdminAuditRepository } from '../admin-audit.repository.js';
import { AdminRoute } from '../admin-route.decorator.js';
import { AdminBody, AdminJson, AdminQuery } from '../admin-validation.js';
import { type AdminRequest } from '../administrator.js';
import { answerSchema, FLAG, listOf, oneOf, orNull, TEXT, TIME, USD, WHOLE } from '../answer-schema.js';
import { IdempotentChanges } from '../idempotent-changes.js';
import { NeedsScope } from '../needs-scope.decorator.js';
import { Precondition, tagged } from '../preconditions.js';
import { locate } from '../request-path.js';
import { Documented } from '../route-documentation.decorator.js';
import { usd } from '../usd.js';
import { PriceBody, PricesQuery, RerateBody } from './prices.dto.js';
import { type PricePage, PricesService, type ShownPrice } from './prices.service.js';

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

const PRICE = answerSchema<Omit<ShownPrice, keyof PriceOptions>>(
  'Price',
  {
    id: TEXT,
    source: oneOf('stored', 'configuration'),
    readOnly: FLAG,
    priceVersion: orNull(TEXT),
    updatedAt: orNull(TIME),
    removed: FLAG,
    version: WHOLE,
  },
  PriceOptions,
);
const PRICE_PAGE = answerSchema<PricePage>('PricePage', { prices: listOf(PRICE), next: orNull(TEXT) });
const PRICE_VERSIONS = answerSchema<{ prices: unknown }>('PriceVersions', { prices: listOf(PRICE) });

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
    private readonly prices: PricesService,
    private readonly repricing: RepricingService,
    private readonly audit: AdminAuditRepository,
    private readonly idempotent: IdempotentChanges,
  ) {}

  @Post()
  @NeedsScope('prices:write')
  @Documented({ summary: 'Make a price', body: PriceBody, answer: PRICE, isIdempotent: true })
  async create(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) response: ServerResponse,
    @AdminJson() body: JsonBody,
  ): Promise<ShownPrice> {
    const price = await this.idempotent.once(request, response, body, () => this.prices.create(request, body.value));
    locate(request, response, price.id);
    return tagged(response, price);
  }

  @Get()
  @NeedsScope('prices:read')
  @Documented({ summary: 'List prices', query: PricesQuery, answer: PRICE_PAGE })
  list(@AdminQuery() query: PricesQuery): Promise<PricePage> {
    return this.prices.list(query);
  }

  @Get(':id')
  @NeedsScope('prices:read')
  @Documented({ summary: 'Read a price', answer: PRICE })
  async find(@Res({ passthrough: true }) response: ServerResponse, @Param('id') id: string): Promise<ShownPrice> {
    return tagged(response, await this.prices.find(id));
  }

  /** What a price has said, from one change to the next. */
  @Get(':id/versions')
  @NeedsScope('prices:read')
  @Documented({ summary: 'List the versions of a price', answer: PRICE_VERSIONS })
  versions(@Param('id') id: string): Promise<{ prices: readonly ShownPrice[] }> {
    return this.prices.versions(id);
  }

  /** A JSON merge patch: what is `null` in it is cleared. */
  @Patch(':id')
  @NeedsScope('prices:write')
  @Documented({ summary: 'Change a price', body: PriceBody, isPatch: true, answer: PRICE, ifMatch: 'required' })
  async patch(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) response: ServerResponse,
    @Param('id') id: string,
    @AdminJson() body: JsonBody,
  ): Promise<ShownPrice> {
    return tagged(response, await this.prices.patch(request, id, Precondition.of(request, true), body.value));
  }

  @Delete(':id')
  @NeedsScope('prices:write')
  @HttpCode(204)
  @Documented({ summary: 'Remove a price', ifMatch: 'required' })
  async delete(@Req() request: AdminRequest, @Param('id') id: string): Promise<void> {
    await this.prices.delete(request, id, Precondition.of(request, true));
  }

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
