import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migratedSchema } from '../schema-name.js';

/** Usage by day, and the records so far rolled up. */
export class RollUpUsage1764350000000 implements MigrationInterface {
  readonly name = 'RollUpUsage1764350000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    await queryRunner.query(`
      CREATE TABLE ${schema}.usage_rollup (
        day date NOT NULL,
        dimensions bytea NOT NULL,
        key_id text,
        key_name text NOT NULL,
        team text,
        organization text,
        model text NOT NULL,
        provider text,
        operation text NOT NULL,
        calls bigint NOT NULL,
        completed bigint NOT NULL,
        failed bigint NOT NULL,
        aborted bigint NOT NULL,
        input_uncached numeric NOT NULL,
        cache_read numeric NOT NULL,
        cache_write_5m numeric NOT NULL,
        cache_write_1h numeric NOT NULL,
        input_audio numeric NOT NULL,
        output numeric NOT NULL,
        reasoning numeric NOT NULL,
        output_audio numeric NOT NULL,
        cost numeric NOT NULL,
        unpriced bigint NOT NULL,
        CONSTRAINT usage_rollup_pkey PRIMARY KEY (day, dimensions)
      )`);
    // Written out: what the gateway writes may change later, and this must not.
    await queryRunner.query(`
      INSERT INTO ${schema}.usage_rollup
      SELECT (started_at AT TIME ZONE 'UTC')::date AS day,
             sha256(convert_to(
               jsonb_build_array(key_id, key_name, team, organization, model, provider, operation)::text, 'UTF8')),
             key_id, key_name, team, organization, model, provider, operation,
             count(*),
             count(*) FILTER (WHERE status = 'completed'),
             count(*) FILTER (WHERE status = 'failed'),
             count(*) FILTER (WHERE status = 'aborted'),
             sum(input_uncached), sum(cache_read), sum(cache_write_5m), sum(cache_write_1h), sum(input_audio),
             sum(output), sum(reasoning), sum(output_audio),
             coalesce(sum(cost), 0),
             count(*) FILTER (WHERE cost IS NULL)
        FROM ${schema}.usage_record
       GROUP BY day, key_id, key_name, team, organization, model, provider, operation`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    await queryRunner.query(`DROP TABLE ${schema}.usage_rollup`);
  }
}
