import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migratedSchema } from '../schema-name.js';

/** The first tables: client keys, usage records. */
export class CreateKeysAndUsage1763900000000 implements MigrationInterface {
  readonly name = 'CreateKeysAndUsage1763900000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    await queryRunner.query(`
      CREATE TABLE ${schema}.api_key (
        id text NOT NULL,
        name text NOT NULL,
        digest bytea NOT NULL,
        masked text NOT NULL,
        allowed_models text[],
        created_at timestamptz NOT NULL,
        expires_at timestamptz,
        disabled_at timestamptz,
        CONSTRAINT api_key_pkey PRIMARY KEY (id)
      )`);
    await queryRunner.query(`
      CREATE TABLE ${schema}.usage_record (
        request_id uuid NOT NULL,
        started_at timestamptz NOT NULL,
        duration_ms double precision NOT NULL,
        first_chunk_ms double precision,
        operation text NOT NULL,
        streaming boolean NOT NULL,
        key_id text,
        key_name text NOT NULL,
        end_user text,
        request_model text NOT NULL,
        model text NOT NULL,
        provider text,
        upstream_model text,
        status text NOT NULL,
        http_status smallint NOT NULL,
        error_code text,
        grade text NOT NULL,
        input_uncached bigint NOT NULL,
        cache_read bigint NOT NULL,
        cache_write_5m bigint NOT NULL,
        cache_write_1h bigint NOT NULL,
        input_audio bigint NOT NULL,
        output bigint NOT NULL,
        reasoning bigint NOT NULL,
        output_audio bigint NOT NULL,
        attempts jsonb NOT NULL,
        CONSTRAINT usage_record_pkey PRIMARY KEY (request_id)
      )`);
    await queryRunner.query(
      `CREATE INDEX usage_record_key_id_started_at_idx ON ${schema}.usage_record (key_id, started_at)`,
    );
    await queryRunner.query(
      `CREATE INDEX usage_record_started_at_idx ON ${schema}.usage_record USING brin (started_at)`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    await queryRunner.query(`DROP TABLE ${schema}.usage_record`);
    await queryRunner.query(`DROP TABLE ${schema}.api_key`);
  }
}
