import { DataSource } from 'typeorm';
import { outliveErrors } from './lost-connection.js';
import { TypeOrmLogger } from './typeorm.logger.js';

export interface SideDataSourceOptions {
  /** Connections at most. */
  readonly poolSize: number;
  /** Milliseconds to wait for a connection, and for a statement. */
  readonly timeoutMs: number;
}

/** A server that hangs does not keep its own limit. */
const GRACE_MS = 100;

/** A few connections of their own beside those of a data source, to the same server; not connected yet. */
export function sideDataSource({ options }: DataSource, { poolSize, timeoutMs }: SideDataSourceOptions): DataSource {
  if (options.type !== 'postgres')
    throw new TypeError(`The data source must be of type postgres, not ${options.type}.`);
  return new DataSource({
    ...options,
    entities: [],
    migrations: [],
    poolSize,
    connectTimeoutMS: timeoutMs,
    // What a host's data source may have.
    subscribers: [],
    synchronize: false,
    dropSchema: false,
    migrationsRun: false,
    installExtensions: false,
    cache: false,
    logger: new TypeOrmLogger(),
    poolErrorHandler: () => undefined,
    extra: {
      ...options.extra,
      max: poolSize,
      statement_timeout: timeoutMs,
      query_timeout: timeoutMs + GRACE_MS,
      onConnect: outliveErrors,
    },
  });
}
