import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migratedSchema } from '../schema-name.js';

/** Has the database tell every gateway what was changed, whoever changed it: at once, and on a list for who did not hear. */
export class TellChanges1764370000001 implements MigrationInterface {
  readonly name = 'TellChanges1764370000001';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    await queryRunner.query(`
      CREATE TABLE ${schema}.change (
        id bigint GENERATED ALWAYS AS IDENTITY,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        kind text NOT NULL,
        subject text NOT NULL,
        CONSTRAINT change_pkey PRIMARY KEY (id)
      )`);
    await queryRunner.query(`CREATE INDEX change_at_idx ON ${schema}.change (at)`);
    // Channels are the database's, of all schemas together: the message says which one it is of.
    await queryRunner.query(`
      CREATE FUNCTION ${schema}.tell_change() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
          changed text := COALESCE(NEW.id, OLD.id);
          number bigint;
        BEGIN
          INSERT INTO ${schema}.change (kind, subject) VALUES (TG_ARGV[0], changed) RETURNING id INTO number;
          PERFORM pg_notify('nestgate_change', json_build_array(TG_TABLE_SCHEMA, number, TG_ARGV[0], changed)::text);
          RETURN NULL;
        END
      $$`);
    await queryRunner.query(`
      CREATE TRIGGER api_key_tells_changes AFTER UPDATE OR DELETE ON ${schema}.api_key
        FOR EACH ROW EXECUTE FUNCTION ${schema}.tell_change('key')`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    await queryRunner.query(`DROP TRIGGER api_key_tells_changes ON ${schema}.api_key`);
    await queryRunner.query(`DROP FUNCTION ${schema}.tell_change`);
    await queryRunner.query(`DROP TABLE ${schema}.change`);
  }
}
