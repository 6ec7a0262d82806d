import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migratedSchema } from '../schema-name.js';

/** Providers, deployments, aliases and prices that are made over REST. */
export class StoreRouting1764390000000 implements MigrationInterface {
  readonly name = 'StoreRouting1764390000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    await queryRunner.query(`
      CREATE TABLE ${schema}.routing_entry (
        id text NOT NULL,
        kind text NOT NULL,
        name text NOT NULL,
        settings jsonb NOT NULL,
        secrets bytea,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        version integer NOT NULL,
        CONSTRAINT routing_entry_pkey PRIMARY KEY (id)
      )`);
    await queryRunner.query(`CREATE UNIQUE INDEX routing_entry_kind_name_idx ON ${schema}.routing_entry (kind, name)`);
    await queryRunner.query(`
      CREATE TABLE ${schema}.price_version (
        id text NOT NULL,
        version integer NOT NULL,
        settings jsonb NOT NULL,
        created_at timestamptz NOT NULL,
        is_end boolean NOT NULL,
        CONSTRAINT price_version_pkey PRIMARY KEY (id, version)
      )`);
    for (const table of ['routing_entry', 'price_version']) {
      await queryRunner.query(`
        CREATE TRIGGER ${table}_tells_changes AFTER INSERT OR UPDATE OR DELETE ON ${schema}.${table}
          FOR EACH ROW EXECUTE FUNCTION ${schema}.tell_change('routing')`);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    await queryRunner.query(`DROP TABLE ${schema}.price_version`);
    await queryRunner.query(`DROP TABLE ${schema}.routing_entry`);
  }
}
