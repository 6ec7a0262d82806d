import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migratedSchema } from '../schema-name.js';

/** Which requests with an idempotency key were sent, and what was answered. */
export class CreateIdempotencyKeys1764330000000 implements MigrationInterface {
  readonly name = 'CreateIdempotencyKeys1764330000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    await queryRunner.query(`
      CREATE TABLE ${schema}.idempotency_key (
        id bytea NOT NULL,
        request_id uuid NOT NULL,
        fingerprint bytea NOT NULL,
        state text NOT NULL,
        answer bytea,
        leased_until timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT idempotency_key_pkey PRIMARY KEY (id)
      )`);
    // Sealed: it would be compressed in vain.
    await queryRunner.query(`ALTER TABLE ${schema}.idempotency_key ALTER answer SET STORAGE EXTERNAL`);
    await queryRunner.query(`CREATE INDEX idempotency_key_expires_at_idx ON ${schema}.idempotency_key (expires_at)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    await queryRunner.query(`DROP TABLE ${schema}.idempotency_key`);
  }
}
