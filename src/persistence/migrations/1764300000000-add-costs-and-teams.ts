import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migratedSchema } from '../schema-name.js';

/** What a call cost and who answered it; whose a key is, and what it sets for extensions. */
export class AddCostsAndTeams1764300000000 implements MigrationInterface {
  readonly name = 'AddCostsAndTeams1764300000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    await queryRunner.query(`ALTER TABLE ${schema}.api_key ADD settings jsonb NOT NULL DEFAULT '{}'`);
    await queryRunner.query(`
      ALTER TABLE ${schema}.usage_record
        ADD team text,
        ADD organization text,
        ADD answered_by text,
        ADD cost bigint,
        ADD price_version text`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    await queryRunner.query(`
      ALTER TABLE ${schema}.usage_record
        DROP team,
        DROP organization,
        DROP answered_by,
        DROP cost,
        DROP price_version`);
    await queryRunner.query(`ALTER TABLE ${schema}.api_key DROP settings`);
  }
}
