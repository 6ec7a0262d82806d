import { type DataSource } from 'typeorm';
import { decodeUsageRecord, type UsageRecordLine } from '../../extensions/usage/usage-record.codec.js';
import { UsageRecordRepository } from '../../extensions/usage/usage-record.repository.js';
import { isDataError, retryOnLostConnection } from '../lost-connection.js';
import { quotedSchema, schemaOf } from '../schema-name.js';
import { USAGE_RECORD_COLUMNS, type UsageRecordColumn } from './usage-record.columns.js';
import { settleBudgets } from './budget-settlement.statement.js';
import { rollUp } from './usage-rollup.statement.js';

/** No record of the usual kind is as long; one that is has texts that are to be cut. */
const MAX_PLAIN_LENGTH = 2_048;

/**
 * Usage records in Postgres, a batch in one statement, as one JSON text that Postgres takes apart itself.
 *
 * One value that Postgres refuses would cost the whole batch, and again with every new try. A batch with anything
 * suspicious about it, or that was refused, is therefore taken apart here, and every value made storable
 * (`usage-record.columns.ts`): odd text is altered, never refused.
 */
export class TypeOrmUsageRecordRepository extends UsageRecordRepository {
  readonly #insertPlain: Insert;
  readonly #insertStorable: Insert;

  constructor(
    private readonly dataSource: DataSource,
    schema: string = schemaOf(dataSource),
  ) {
    super();
    const names = USAGE_RECORD_COLUMNS.map(({ name }) => name).join(', ');
    const members = USAGE_RECORD_COLUMNS.map((column) => `"${column.member}" ${encodedTypeOf(column)}`).join(', ');
    const values = USAGE_RECORD_COLUMNS.map(valueOf).join(', ');
    const arrays = USAGE_RECORD_COLUMNS.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ');
    const charges = 'charges jsonb, lease uuid, leased numeric';
    const next = USAGE_RECORD_COLUMNS.length + 1;
    const insertWith = (rows: string, lines: string, clock: number, before = ''): Insert => {
      const insert = `
      WITH ${before} inserted AS (
        INSERT INTO ${quotedSchema(schema)}.usage_record (${names}) ${rows}
          ON CONFLICT (request_id) DO NOTHING RETURNING *
      )
      ${consequences(quotedSchema(schema))}`;
      const settle = settleBudgets(quotedSchema(schema), 'inserted', lines, `$${clock}`);
      return { uncharged: `${insert} SELECT`, charged: `${insert} ${settle}` };
    };
    // JSON is taken apart once for both, since that is a third of the work; where nothing is charged Postgres inlines it.
    const line = `line AS (SELECT * FROM json_to_recordset($1::json) AS record(${members}, ${charges})),`;
    this.#insertPlain = insertWith(`SELECT ${values} FROM line`, 'line', 2, line);
    this.#insertStorable = insertWith(
      `SELECT * FROM unnest(${arrays})`,
      `json_to_recordset($${next}::json) AS line("requestId" uuid, ${charges})`,
      next + 1,
    );
  }

  override async insertAll(records: readonly UsageRecordLine[]): Promise<void> {
    if (records.length === 0) {
      return;
    }
    const json = jsonArrayOf(records);
    if (isPlain(json) && records.every(({ length }) => length <= MAX_PLAIN_LENGTH)) {
      try {
        // What they are charged to stands in the same text.
        await this.#query(this.#insertPlain, [json], hasCharges(json));
        return;
      } catch (error) {
        if (!isDataError(error)) {
          throw error;
        }
      }
    }
    const decoded = records.map(decodeUsageRecord);
    const parameters = USAGE_RECORD_COLUMNS.map((column) => decoded.map((record) => column.value(record)));
    const charged = decoded.flatMap(({ requestId, charges, lease, leased }) =>
      charges === undefined && lease === undefined ? [] : { requestId, charges, lease, leased: leased?.toString() },
    );
    const isCharged = charged.length > 0;
    const charges = isCharged ? [JSON.stringify(charged)] : [];
    await this.#query(this.#insertStorable, [...parameters, ...charges], isCharged);
  }

  #query({ charged, uncharged }: Insert, parameters: readonly unknown[], isCharged: boolean): Promise<unknown> {
    return retryOnLostConnection(() =>
      isCharged
        ? this.dataSource.query(charged, [...parameters, Date.now()])
        : this.dataSource.query(uncharged, [...parameters]),
    );
  }
}

/**
 * One statement, with and without what budgets are charged: most gateways have none. With it the parameters are followed
 * by JSON of objects with `requestId` and `charges`, where those are not among them already, and by the present time.
 */
interface Insert {
  readonly uncharged: string;
  readonly charged: string;
}

/**
 * What follows from the records that were really stored, each once: part of the statement that stores them, and so of
 * its transaction. Whatever locks rows does so in one order, or replicas would wait for each other in a circle.
 */
function consequences(schema: string): string {
  return `, rolled_up AS (${rollUp(schema, 'inserted')})`;
}

/** What a column's value is on an encoded record: times are milliseconds there. */
function encodedTypeOf({ type }: UsageRecordColumn): string {
  return type === 'timestamptz' ? 'double precision' : type;
}

/** `greatest` makes zero of nothing, which is meant for all but those that may hold nothing. */
function valueOf({ member, type, isNullable }: UsageRecordColumn): string {
  if (type === 'timestamptz') return `to_timestamp("${member}" / 1000)`;
  if (type !== 'bigint') return `"${member}"`;
  return isNullable === true ? `CASE WHEN "${member}" < 0 THEN 0 ELSE "${member}" END` : `greatest("${member}", 0)`;
}

/** @param lines at least one. Brackets put around the joined text would have V8 copy all of it once more. */
function jsonArrayOf(lines: readonly UsageRecordLine[]): string {
  const last = lines.length - 1;
  return lines.map((line, at) => `${at === 0 ? '[' : ''}${line}${at === last ? ']' : ''}`).join(',');
}

/** Whether nothing in it needs altering: JSON spells what Postgres refuses in text as an escape. */
function isPlain(lines: string): boolean {
  return !lines.includes('\\u');
}

/**
 * Text that looks the same has its quotes escaped. The names stand here without the quote before them: a search for what
 * begins with a quote stops at each.
 */
function hasCharges(lines: string): boolean {
  return lines.includes('charges":[') || lines.includes('lease":"');
}
