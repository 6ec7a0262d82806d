import { type DataSource } from 'typeorm';
import { type UsageRecord } from '../../extensions/usage/usage-record.js';
import { UsageRecordRepository } from '../../extensions/usage/usage-record.repository.js';
import { retryOnLostConnection } from '../lost-connection.js';
import { quotedSchema, schemaOf } from '../schema-name.js';
import { USAGE_RECORD_COLUMNS } from './usage-record.columns.js';

/**
 * Usage records in Postgres. A batch is one statement with one array for each column, several times quicker than a
 * row for each record. Since one value that Postgres refuses would cost the whole batch, and again with every new
 * try, each value is made storable first (`usage-record.columns.ts`): odd text is altered, never refused.
 */
export class TypeOrmUsageRecordRepository extends UsageRecordRepository {
  readonly #insert: string;

  constructor(
    private readonly dataSource: DataSource,
    schema: string = schemaOf(dataSource),
  ) {
    super();
    const names = USAGE_RECORD_COLUMNS.map(({ name }) => name).join(', ');
    const arrays = USAGE_RECORD_COLUMNS.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ');
    this.#insert = `INSERT INTO ${quotedSchema(schema)}.usage_record (${names})
      SELECT * FROM unnest(${arrays}) ON CONFLICT (request_id) DO NOTHING`;
  }

  override async insertAll(records: readonly UsageRecord[]): Promise<void> {
    if (records.length === 0) {
      return;
    }
    const parameters = USAGE_RECORD_COLUMNS.map((column) =>
      arrayLiteral(records.map((record) => column.value(record))),
    );
    await retryOnLostConnection(() => this.dataSource.query(this.#insert, parameters));
  }
}

/** A Postgres array as text: the driver makes the same of an array, at twice the cost. */
function arrayLiteral(values: readonly (string | number | boolean | null)[]): string {
  return `{${values.map(element).join(',')}}`;
}

function element(value: string | number | boolean | null): string | number | boolean {
  if (value === null) return 'NULL';
  if (typeof value !== 'string') return value;
  return `"${/["\\]/.test(value) ? value.replaceAll(/["\\]/g, '\\$&') : value}"`;
}
