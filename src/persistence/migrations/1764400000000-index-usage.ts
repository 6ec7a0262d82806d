import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migratedSchema } from '../schema-name.js';

/** Lists and sums of what is rare: a key's records in the order in which they are listed, and its days. */
export class IndexUsage1764400000000 implements MigrationInterface {
  readonly name = 'IndexUsage1764400000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    await queryRunner.query(`DROP INDEX ${schema}.usage_record_key_id_started_at_idx`);
    for (const column of ['key_id', 'key_name']) {
      await queryRunner.query(
        `CREATE INDEX usage_record_${column}_request_id_idx ON ${schema}.usage_record (${column}, request_id)`,
      );
      await queryRunner.query(`CREATE INDEX usage_rollup_${column}_day_idx ON ${schema}.usage_rollup (${column}, day)`);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    for (const column of ['key_id', 'key_name']) {
      await queryRunner.query(`DROP INDEX ${schema}.usage_record_${column}_request_id_idx`);
      await queryRunner.query(`DROP INDEX ${schema}.usage_rollup_${column}_day_idx`);
    }
    await queryRunner.query(
      `CREATE INDEX usage_record_key_id_started_at_idx ON ${schema}.usage_record (key_id, started_at)`,
    );
  }
}
