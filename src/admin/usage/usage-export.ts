import { Injectable } from '@nestjs/common';
import { type UsageRecord } from '../../extensions/usage-record.js';
import { NO_TOKENS, type TokenUsage } from '../../protocol/token-usage.js';
import { usd } from '../usd.js';
import { type ShownRecord, shownRecord } from './shown-record.js';
import { type UsageFilter, UsageQueries } from './usage-queries.js';

export const EXPORT_FORMATS = ['csv', 'ndjson'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export const CONTENT_TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson',
};

/** Records in memory at a time. */
const BATCH = 1_000;

const COLUMNS = [
  'requestId',
  'startedAt',
  'durationMs',
  'firstChunkMs',
  'operation',
  'streaming',
  'keyId',
  'keyName',
  'team',
  'organization',
  'endUser',
  'tag',
  'requestModel',
  'model',
  'provider',
  'upstreamModel',
  'answeredBy',
  'status',
  'httpStatus',
  'errorCode',
  'grade',
  'cost',
  'priceVersion',
  'failedAttemptsCost',
] as const satisfies readonly (keyof ShownRecord)[];

const BUCKETS = Object.keys(NO_TOKENS) as (keyof TokenUsage)[];

/** Writes usage records out, however many there are. */
@Injectable()
export class UsageExport {
  constructor(private readonly usage: UsageQueries) {}

  /** The newest first, in pieces of text. */
  async *pieces(filter: UsageFilter, format: ExportFormat): AsyncGenerator<string, void> {
    // With the first records: as long as nothing is written, what goes wrong is told as what it is.
    let heading = format === 'csv' ? line([...COLUMNS, ...BUCKETS.map((bucket) => `tokens.${bucket}`)]) : '';
    let before: string | undefined;
    for (;;) {
      const records = await this.usage.records(filter, BATCH, before);
      const piece = heading + records.map(format === 'csv' ? csvOf : jsonOf).join('');
      if (piece !== '') yield piece;
      heading = '';
      if (records.length < BATCH) return;
      before = records.at(-1)?.requestId;
    }
  }
}

function jsonOf(record: UsageRecord): string {
  return `${JSON.stringify(shownRecord(record))}\n`;
}

function csvOf(record: UsageRecord): string {
  const shown = { ...shownRecord(record), startedAt: record.startedAt.toISOString(), cost: usd(record.cost) };
  return line([...COLUMNS.map((column) => shown[column]), ...BUCKETS.map((bucket) => record.tokens[bucket])]);
}

type Cell = string | number | boolean | null | undefined;

/** @see https://www.rfc-editor.org/rfc/rfc4180 */
function line(values: readonly Cell[]): string {
  return `${values.map(cell).join(',')}\r\n`;
}

function cell(value: Cell): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  // Names come from clients, and spreadsheets take what begins like this for a formula.
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
