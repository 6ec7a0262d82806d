import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migratedSchema } from '../schema-name.js';

/** Teams and organisations that say what all their keys may. */
export class AddKeyOwners1764370000002 implements MigrationInterface {
  readonly name = 'AddKeyOwners1764370000002';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    await queryRunner.query(`
      CREATE TABLE ${schema}.key_owner (
        id text NOT NULL,
        kind text NOT NULL,
        name text NOT NULL,
        settings jsonb NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        version integer NOT NULL,
        CONSTRAINT key_owner_pkey PRIMARY KEY (id)
      )`);
    await queryRunner.query(`
      CREATE TRIGGER key_owner_tells_changes AFTER INSERT OR UPDATE OR DELETE ON ${schema}.key_owner
        FOR EACH ROW EXECUTE FUNCTION ${schema}.tell_change('owner')`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE ${migratedSchema(queryRunner)}.key_owner`);
  }
}
