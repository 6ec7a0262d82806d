import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migratedSchema } from '../schema-name.js';

/** What calls used beside tokens, what their failed tries cost, and who rated records anew. */
export class AddUnitsAndRepricing1764310000000 implements MigrationInterface {
  readonly name = 'AddUnitsAndRepricing1764310000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    await queryRunner.query(`
      ALTER TABLE ${schema}.usage_record
        ADD units jsonb,
        ADD failed_attempts_cost bigint NOT NULL DEFAULT 0`);
    await queryRunner.query(`
      CREATE TABLE ${schema}.repricing (
        id uuid NOT NULL,
        run uuid NOT NULL,
        at timestamptz NOT NULL DEFAULT now(),
        by text NOT NULL,
        "from" timestamptz NOT NULL,
        "to" timestamptz NOT NULL,
        provider text,
        model text,
        changed integer NOT NULL,
        old_cost numeric NOT NULL,
        new_cost numeric NOT NULL,
        CONSTRAINT repricing_pkey PRIMARY KEY (id)
      )`);
    // Append only, whoever asks.
    await queryRunner.query(`
      CREATE FUNCTION ${schema}.keep_repricing() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'repricing is append only';
      END $$`);
    await queryRunner.query(`
      CREATE TRIGGER repricing_is_append_only BEFORE UPDATE OR DELETE ON ${schema}.repricing
        FOR EACH ROW EXECUTE FUNCTION ${schema}.keep_repricing()`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    await queryRunner.query(`DROP TABLE ${schema}.repricing`);
    await queryRunner.query(`DROP FUNCTION ${schema}.keep_repricing()`);
    await queryRunner.query(`
      ALTER TABLE ${schema}.usage_record
        DROP units,
        DROP failed_attempts_cost`);
  }
}
