import { type DataSource, type QueryRunner } from 'typeorm';
import { ApiKeyEntity } from './entities/api-key.entity.js';

export const DEFAULT_SCHEMA = 'nestgate';

const SCHEMA_NAME = /^[a-z_][a-z\d_]{0,62}$/;

/**
 * A schema's name, quoted for SQL.
 * @throws TypeError for a name with anything but small letters, digits and underscores: such names are never needed,
 * and none of those allowed can break out of the quotes.
 */
export function quotedSchema(name: string): string {
  if (!SCHEMA_NAME.test(name)) {
    throw new TypeError(`"${name}" cannot be the name of the Postgres schema: use a-z, 0-9 and _, at most 63.`);
  }
  return `"${name}"`;
}

/** One of our migrations in a host's data source, for the schema that the host has named. */
export abstract class ListedMigration {
  constructor(readonly schema: string) {}
}

/**
 * The schema of our tables: that of a data source made for them. In one of a host's they keep to their own, which is
 * that of our migrations where the host lists them.
 */
export function schemaOf(dataSource: DataSource): string {
  const { options } = dataSource;
  const isOurs = Array.isArray(options.entities) && options.entities.includes(ApiKeyEntity);
  if (isOurs) return (options.type === 'postgres' ? options.schema : undefined) ?? DEFAULT_SCHEMA;
  return dataSource.migrations.find((migration) => migration instanceof ListedMigration)?.schema ?? DEFAULT_SCHEMA;
}

/** The schema that a migration works on, quoted for SQL. */
export function migratedSchema(queryRunner: QueryRunner): string {
  // As TypeORM 1 calls it, and as 0.3 does.
  const { dataSource, connection }: Partial<QueryRunner> & { readonly connection: DataSource } = queryRunner;
  return quotedSchema(schemaOf(dataSource ?? connection));
}
