import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { MIGRATIONS, MIGRATIONS_TABLE } from './data-source.js';
import { createSchema, TURN } from './migrate.js';
import { DEFAULT_SCHEMA, ListedMigration, quotedSchema } from './schema-name.js';

/**
 * Our migrations, for a host whose own runner runs them: they are listed in the `migrations` of its data source, and
 * `PersistenceModule` is told `migrate: false`. The module then keeps to this schema, too.
 *
 * What has run is noted beside our tables as well, so that it may be left to the module again, or taken from it.
 * @param schema the Postgres schema of our tables: `nestgate` by default. One for each data source.
 * @throws TypeError for a schema name that is not plain.
 * @example
 * new DataSource({ type: 'postgres', url, migrations: [...OUR_OWN, ...gatewayMigrations()] })
 */
export function gatewayMigrations(schema: string = DEFAULT_SCHEMA): (new () => MigrationInterface)[] {
  quotedSchema(schema);
  return MIGRATIONS.map(
    (Migration) =>
      class extends NotedMigration {
        constructor() {
          super(schema, new Migration());
        }
      },
  );
}

class NotedMigration extends ListedMigration implements MigrationInterface {
  readonly name: string;
  private readonly table: string;

  constructor(
    schema: string,
    private readonly migration: MigrationInterface & { readonly name: string },
  ) {
    super(schema);
    this.name = migration.name;
    this.table = `${quotedSchema(schema)}.${MIGRATIONS_TABLE}`;
  }

  async up(queryRunner: QueryRunner): Promise<void> {
    // Another replica, or a module that still migrates by itself, may be at it.
    await queryRunner.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [TURN + this.schema]);
    await createSchema(queryRunner, this.schema);
    // As TypeORM makes it.
    await queryRunner.query(
      `CREATE TABLE IF NOT EXISTS ${this.table} (id serial PRIMARY KEY, timestamp bigint NOT NULL, name varchar NOT NULL)`,
    );
    const noted: unknown[] = await queryRunner.query(`SELECT 1 FROM ${this.table} WHERE name = $1`, [this.name]);
    if (noted.length > 0) return;
    await this.migration.up(queryRunner);
    await queryRunner.query(`INSERT INTO ${this.table} (timestamp, name) VALUES ($1, $2)`, [
      this.name.slice(-13),
      this.name,
    ]);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await this.migration.down(queryRunner);
    await queryRunner.query(`DELETE FROM ${this.table} WHERE name = $1`, [this.name]);
  }
}
