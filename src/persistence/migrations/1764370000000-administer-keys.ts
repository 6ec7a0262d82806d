import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migratedSchema } from '../schema-name.js';

/** What it takes to change keys, to have two secrets for a while, and to list a million of them. */
export class AdministerKeys1764370000000 implements MigrationInterface {
  readonly name = 'AdministerKeys1764370000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    await queryRunner.query(`
      ALTER TABLE ${schema}.api_key
        ADD previous_digest bytea,
        ADD previous_until timestamptz,
        ADD updated_at timestamptz NOT NULL DEFAULT now(),
        ADD revoked_at timestamptz,
        ADD version integer NOT NULL DEFAULT 1`);
    await queryRunner.query(`UPDATE ${schema}.api_key SET updated_at = created_at`);
    await queryRunner.query(`CREATE INDEX api_key_created_at_idx ON ${schema}.api_key (created_at, id)`);
    await queryRunner.query(`CREATE INDEX api_key_name_idx ON ${schema}.api_key (name COLLATE "C", id)`);
    for (const owner of ['team', 'organization']) {
      await queryRunner.query(
        `CREATE INDEX api_key_${owner}_idx ON ${schema}.api_key ((settings ->> '${owner}'), created_at, id)`,
      );
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    for (const index of ['created_at', 'name', 'team', 'organization']) {
      await queryRunner.query(`DROP INDEX ${schema}.api_key_${index}_idx`);
    }
    await queryRunner.query(`
      ALTER TABLE ${schema}.api_key
        DROP previous_digest,
        DROP previous_until,
        DROP updated_at,
        DROP revoked_at,
        DROP version`);
  }
}
