import { Logger } from '@nestjs/common';
import { DataSource, MigrationExecutor, type QueryRunner } from 'typeorm';
import { ConfigurationError } from '../errors/configuration-error.js';
import { ENTITIES, MIGRATIONS, MIGRATIONS_TABLE } from './data-source.js';
import { quotedSchema, schemaOf } from './schema-name.js';
import { NOTHING_OF_THE_HOST } from './side-data-source.js';
import { TypeOrmLogger } from './typeorm.logger.js';
import { partitionDrift } from './usage-partitions.js';

const logger = new Logger('Postgres');

// While another replica migrates.
const WAIT_FOR_OTHERS_MS = 120_000;
// An ALTER TABLE that waits for a busy table makes everyone else wait behind it.
const WAIT_FOR_TABLES_MS = 10_000;

/** With the schema, what those who migrate take turns by. */
export const TURN = 'nestgate migrations: ';

/**
 * Brings the tables up to date. Replicas that start together take turns, and the first one does the work. When it
 * fails, nothing of the failed migration stays, and the error is thrown.
 *
 * All of it runs on one connection of its own with the data source's address: nothing of the data source itself is
 * changed, and a host's own entities and migrations are not touched.
 * @param schema the schema of the tables, by default that of the data source
 * @returns the names of what was done.
 */
export async function migrate(dataSource: DataSource, schema: string = schemaOf(dataSource)): Promise<string[]> {
  const migrating = await dedicatedDataSource(dataSource, schema).initialize();
  try {
    const queryRunner = migrating.createQueryRunner();
    try {
      await takeTurn(queryRunner, schema);
      await createSchema(queryRunner, schema);
      const done = await new MigrationExecutor(migrating, queryRunner).executePendingMigrations();
      const names = done.map(({ name }) => name);
      for (const name of names) logger.log(`Migrated: ${name}`);
      return names;
    } finally {
      await queryRunner.release();
    }
  } finally {
    // Ends the session, and with it the lock.
    await migrating.destroy();
  }
}

/**
 * Sees that the tables are up to date, and changes nothing: for hosts that run the migrations themselves.
 * @param schema the schema of the tables, by default that of the data source
 * @throws ConfigurationError that says which migrations have not run, and who runs them.
 */
export async function requireMigrated(dataSource: DataSource, schema: string = schemaOf(dataSource)): Promise<void> {
  const looking = await dedicatedDataSource(dataSource, schema).initialize();
  try {
    const { pending } = await migrationState(looking);
    if (pending.length === 0) return;
    throw new ConfigurationError(
      'storage.migrate',
      `is false, and these migrations have not run in the schema "${schema}": ${pending.join(', ')}`,
      `list gatewayMigrations('${schema}') in the migrations of a data source and run them, or leave out migrate`,
    );
  } finally {
    await looking.destroy();
  }
}

/** Which migrations have not run yet, and which have that nobody here knows: those of a newer version. */
export async function migrationState(dataSource: DataSource): Promise<Record<'pending' | 'unknown', string[]>> {
  const known = MIGRATIONS.map(({ name }) => name);
  const table = `${quotedSchema(schemaOf(dataSource))}.${MIGRATIONS_TABLE}`;
  const [found]: { table: string | null }[] = await dataSource.query('SELECT to_regclass($1) AS table', [table]);
  const rows: { name: string }[] =
    (found?.table ?? null) === null ? [] : await dataSource.query(`SELECT name FROM ${table} ORDER BY id`);
  const run = rows.map(({ name }) => name);
  return {
    pending: known.filter((name) => !run.includes(name)),
    unknown: run.filter((name) => !known.includes(name)),
  };
}

/**
 * The SQL that would make the tables like the entities: empty, unless a migration was forgotten or somebody changed
 * the tables by hand. Only for a data source of `createDataSource`.
 */
export async function schemaDrift(dataSource: DataSource): Promise<string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return [...upQueries.map(({ query }) => query), ...(await partitionDrift(dataSource, schemaOf(dataSource)))];
}

async function takeTurn(queryRunner: QueryRunner, schema: string): Promise<void> {
  await queryRunner.query(`SET lock_timeout = ${WAIT_FOR_OTHERS_MS}`);
  // Held by the session, not by a transaction: a later migration may need to build an index concurrently.
  await queryRunner.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [TURN + schema]);
  await queryRunner.query(`SET lock_timeout = ${WAIT_FOR_TABLES_MS}`);
}

/** Unless it is there. */
export async function createSchema(queryRunner: QueryRunner, schema: string): Promise<void> {
  // IF NOT EXISTS asks for the right to create schemas even where there is nothing to create.
  const found: unknown[] = await queryRunner.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  if (found.length === 0) {
    await queryRunner.query(`CREATE SCHEMA ${quotedSchema(schema)}`);
  }
}

function dedicatedDataSource(dataSource: DataSource, schema: string): DataSource {
  const { options } = dataSource;
  if (options.type !== 'postgres') {
    throw new TypeError(`The data source must be of type postgres, not ${options.type}.`);
  }
  return new DataSource({
    ...options,
    schema,
    entities: ENTITIES,
    migrations: MIGRATIONS,
    migrationsTableName: MIGRATIONS_TABLE,
    migrationsTransactionMode: 'each',
    poolSize: 1,
    ...NOTHING_OF_THE_HOST,
    logger: new TypeOrmLogger(),
    extra: { ...options.extra, max: 1, statement_timeout: 0, query_timeout: 0, maxLifetimeSeconds: 0 },
  });
}
