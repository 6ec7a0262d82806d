import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { firstIdAt } from '../record-ids.js';
import { migratedSchema } from '../schema-name.js';

interface State {
  readonly hasRecords: boolean;
  /** Of the month that begins next, in UTC. */
  readonly nextMonth: Date;
  readonly views: string[];
  /** GRANT statements for all but the owner. */
  readonly grants: string[];
}

/**
 * Partitions the usage records by month, by the time that their ids begin with.
 *
 * The records that are there stay where they are: their table becomes one partition, until the end of this month. It is
 * read once, to see that it holds nothing later, and locked meanwhile.
 */
export class PartitionUsage1764410000000 implements MigrationInterface {
  readonly name = 'PartitionUsage1764410000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    await queryRunner.query(`LOCK TABLE ${schema}.usage_record IN ACCESS EXCLUSIVE MODE`);
    const { hasRecords, nextMonth, views, grants } = await stateOf(queryRunner, schema);
    if (views.length > 0) {
      throw new Error(
        `${views.join(', ')} would go on reading the table of before: drop it, and make it again afterwards`,
      );
    }
    const end = firstIdAt(nextMonth.getTime());
    const before = `usage_record_before_${monthName(nextMonth)}`;
    await rename(queryRunner, schema, before);
    await queryRunner.query(
      `CREATE TABLE ${schema}.usage_record (LIKE ${schema}.${before} INCLUDING DEFAULTS) PARTITION BY RANGE (request_id)`,
    );
    for (const statement of [...constraintsOf(schema), ...grants]) await queryRunner.query(statement);
    await queryRunner.query(`CREATE TABLE ${schema}.usage_record_rest PARTITION OF ${schema}.usage_record DEFAULT`);
    if (hasRecords) {
      // Of a gateway whose clock was wrong, or under an id that is no UUIDv7.
      await queryRunner.query(
        `WITH moved AS (DELETE FROM ${schema}.${before} WHERE request_id >= '${end}' RETURNING *)
         INSERT INTO ${schema}.usage_record SELECT * FROM moved`,
      );
      await queryRunner.query(
        `ALTER TABLE ${schema}.usage_record ATTACH PARTITION ${schema}.${before} FOR VALUES FROM (MINVALUE) TO ('${end}')`,
      );
    } else {
      await queryRunner.query(`DROP TABLE ${schema}.${before}`);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    await queryRunner.query(
      `CREATE TABLE ${schema}.usage_record_whole (LIKE ${schema}.usage_record INCLUDING DEFAULTS)`,
    );
    await queryRunner.query(`INSERT INTO ${schema}.usage_record_whole SELECT * FROM ${schema}.usage_record`);
    await queryRunner.query(`DROP TABLE ${schema}.usage_record`);
    await queryRunner.query(`ALTER TABLE ${schema}.usage_record_whole RENAME TO usage_record`);
    for (const statement of constraintsOf(schema)) await queryRunner.query(statement);
  }
}

async function stateOf(queryRunner: QueryRunner, schema: string): Promise<State> {
  const table = `${schema}.usage_record`;
  const [state]: State[] = await queryRunner.query(
    `SELECT EXISTS (SELECT 1 FROM ${table}) AS "hasRecords",
            (date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC' AS "nextMonth",
            ARRAY(SELECT DISTINCT rule.ev_class::regclass::text FROM pg_depend AS uses JOIN pg_rewrite AS rule ON rule.oid = uses.objid
                   WHERE uses.classid = 'pg_rewrite'::regclass AND uses.refobjid = $1::regclass) AS views,
            ARRAY(SELECT format('GRANT %s ON %s TO %s', privilege_type, $2::text,
                                CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
                    FROM pg_class, aclexplode(relacl) WHERE oid = $1::regclass AND grantee <> relowner) AS grants`,
    [table, table],
  );
  if (state === undefined) throw new Error('The database does not tell what it has');
  return state;
}

/** Names of constraints and indexes are of the whole schema. */
async function rename(queryRunner: QueryRunner, schema: string, table: string): Promise<void> {
  await queryRunner.query(`ALTER TABLE ${schema}.usage_record RENAME TO ${table}`);
  await queryRunner.query(`ALTER TABLE ${schema}.${table} RENAME CONSTRAINT usage_record_pkey TO ${table}_pkey`);
  for (const index of ['key_id_request_id', 'key_name_request_id', 'started_at']) {
    await queryRunner.query(`ALTER INDEX ${schema}.usage_record_${index}_idx RENAME TO ${table}_${index}_idx`);
  }
}

function constraintsOf(schema: string): string[] {
  return [
    `ALTER TABLE ${schema}.usage_record ADD CONSTRAINT usage_record_pkey PRIMARY KEY (request_id)`,
    `CREATE INDEX usage_record_key_id_request_id_idx ON ${schema}.usage_record (key_id, request_id)`,
    `CREATE INDEX usage_record_key_name_request_id_idx ON ${schema}.usage_record (key_name, request_id)`,
    `CREATE INDEX usage_record_started_at_idx ON ${schema}.usage_record USING brin (started_at)`,
  ];
}

/** `2026_12` */
function monthName(month: Date): string {
  return month.toISOString().slice(0, 7).replace('-', '_');
}
