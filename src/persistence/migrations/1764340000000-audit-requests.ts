import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migratedSchema } from '../schema-name.js';

/** Who asked what, when. */
export class AuditRequests1764340000000 implements MigrationInterface {
  readonly name = 'AuditRequests1764340000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    await queryRunner.query(`
      CREATE TABLE ${schema}.request_audit (
        request_id uuid CONSTRAINT request_audit_pkey PRIMARY KEY,
        at timestamptz NOT NULL,
        key_id text,
        key_name text NOT NULL,
        team text,
        organization text,
        end_user text,
        client_address text,
        operation text NOT NULL,
        model text NOT NULL,
        deployment text,
        answered_by text,
        status text NOT NULL,
        http_status smallint NOT NULL,
        error_code text,
        duration_ms double precision NOT NULL,
        request_body text,
        response_body text
      )`);
    await queryRunner.query(`CREATE INDEX request_audit_key_name_at_idx ON ${schema}.request_audit (key_name, at)`);
    await queryRunner.query(`CREATE INDEX request_audit_at_idx ON ${schema}.request_audit USING brin (at)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE ${migratedSchema(queryRunner)}.request_audit`);
  }
}
