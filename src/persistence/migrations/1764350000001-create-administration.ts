import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migratedSchema } from '../schema-name.js';

/** Who may administer, and what was done. */
export class CreateAdministration1764350000001 implements MigrationInterface {
  readonly name = 'CreateAdministration1764350000001';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    await queryRunner.query(`
      CREATE TABLE ${schema}.admin_token (
        id text NOT NULL,
        name text NOT NULL,
        digest bytea NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz,
        disabled_at timestamptz,
        CONSTRAINT admin_token_pkey PRIMARY KEY (id)
      )`);
    await queryRunner.query(`
      CREATE TABLE ${schema}.admin_audit (
        request_id uuid NOT NULL,
        at timestamptz NOT NULL DEFAULT now(),
        token_id text,
        token_name text NOT NULL,
        action text NOT NULL,
        target text,
        details jsonb NOT NULL,
        CONSTRAINT admin_audit_pkey PRIMARY KEY (request_id)
      )`);
    // Also against ourselves: a fault must not rewrite what happened.
    await queryRunner.query(`
      CREATE FUNCTION ${schema}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'Rows of % are never changed', TG_TABLE_NAME;
        END
      $$`);
    await queryRunner.query(`
      CREATE TRIGGER admin_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${schema}.admin_audit
        FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.refuse_change()`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    await queryRunner.query(`DROP TABLE ${schema}.admin_audit`);
    await queryRunner.query(`DROP FUNCTION ${schema}.refuse_change`);
    await queryRunner.query(`DROP TABLE ${schema}.admin_token`);
  }
}
