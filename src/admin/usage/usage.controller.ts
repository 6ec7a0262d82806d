import { type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Controller, Get, Logger, Res } from '@nestjs/common';
import { AdminRoute } from '../admin-route.decorator.js';
import { AdminQuery } from '../admin-validation.js';
import { TEXT } from '../answer-schema.js';
import { NeedsScope } from '../needs-scope.decorator.js';
import { DEFAULT_LIMIT, pageOf } from '../page.js';
import { Documented } from '../route-documentation.decorator.js';
import { usd } from '../usd.js';
import { type ShownRecord, shownRecord } from './shown-record.js';
import { type ShownTotal } from './shown-total.js';
import { UsageExportQuery, UsageRecordsQuery, UsageTotalsQuery } from './usage.dto.js';
import { CONTENT_TYPES, UsageExport } from './usage-export.js';
import { MAX_TOTALS, UsageQueries } from './usage-queries.js';
import { RECORD_PAGE, TOTALS } from './usage.schemas.js';

@AdminRoute()
@Controller('admin/usage')
export class UsageController {
  private readonly logger = new Logger(UsageController.name);

  constructor(
    private readonly usage: UsageQueries,
    private readonly exports: UsageExport,
  ) {}

  /** The newest records first; `next` leads to older ones, and is null where there are none. */
  @Get('records')
  @NeedsScope('usage:read')
  @Documented({ summary: 'Read usage records', query: UsageRecordsQuery, answer: RECORD_PAGE })
  async records(
    @AdminQuery() { limit = DEFAULT_LIMIT, cursor, ...filter }: UsageRecordsQuery,
  ): Promise<{ records: ShownRecord[]; next: string | null }> {
    const found = await this.usage.records(filter, limit + 1, cursor);
    const { items, next } = pageOf(found, limit, ({ requestId }) => requestId);
    return { records: items.map(shownRecord), next };
  }

  /** Sums by day, key, model, …; one over everything where no `by` is given. */
  @Get('totals')
  @NeedsScope('usage:read')
  @Documented({ summary: 'Add usage up', query: UsageTotalsQuery, answer: TOTALS })
  async totals(
    @AdminQuery() { by = [], ...filter }: UsageTotalsQuery,
  ): Promise<{ totals: ShownTotal[]; truncated: boolean }> {
    const found = await this.usage.totals(by, filter);
    return {
      totals: found.map(({ group, ...sums }) => ({ ...group, ...sums, cost: usd(sums.cost) })),
      truncated: found.length === MAX_TOTALS,
    };
  }

  /** All records, the newest first, as they are read. */
  @Get('export')
  @NeedsScope('usage:read')
  @Documented({
    summary: 'Export usage records',
    query: UsageExportQuery,
    answer: { 'text/csv': TEXT, 'application/x-ndjson': TEXT },
  })
  async export(
    @Res() response: ServerResponse,
    @AdminQuery() { format = 'csv', ...filter }: UsageExportQuery,
  ): Promise<void> {
    const pieces = this.exports.pieces(filter, format);
    // Before anything is written: what goes wrong now is still a problem, and not an export that is cut off.
    const first = await pieces.next();
    response.setHeader('content-type', CONTENT_TYPES[format]);
    response.setHeader('content-disposition', `attachment; filename="usage.${format}"`);
    if (first.done !== true) response.write(first.value);
    try {
      await pipeline(Readable.from(pieces), response);
    } catch (error) {
      if (!response.destroyed) response.destroy();
      if (!isPrematureClose(error)) this.logger.error('An export of usage was cut off', error);
    }
  }
}

/** The client has left. */
function isPrematureClose(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
