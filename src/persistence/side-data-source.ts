import { DataSource } from 'typeorm';
import { outliveErrors } from './lost-connection.js';
import { TypeOrmLogger } from './typeorm.logger.js';

export interface SideDataSourceOptions {
  /** Connections at most. */
  readonly poolSize: number;
  /** So many of them stay open when nothing is asked, 0 by default. */
  readonly kept?: number;
  /** Milliseconds to wait for a connection, and for a statement. */
  readonly timeoutMs: number;
}

/** In place of what a host's data source may have or do, and another one to the same server must not. */
export const NOTHING_OF_THE_HOST = {
  subscribers: [],
  synchronize: false,
  dropSchema: false,
  migrationsRun: false,
  installExtensions: false,
  cache: false,
};

/** A server that hangs does not keep its own limit. */
const GRACE_MS = 100;

/** A few connections of their own beside those of a data source, to the same server; not connected yet. */
export function sideDataSource(
  { options }: DataSource,
  { poolSize, kept = 0, timeoutMs }: SideDataSourceOptions,
): DataSource {
  if (options.type !== 'postgres')
    throw new TypeError(`The data source must be of type postgres, not ${options.type}.`);
  return new DataSource({
    ...options,
    entities: [],
    migrations: [],
    poolSize,
    connectTimeoutMS: timeoutMs,
    ...NOTHING_OF_THE_HOST,
    logger: new TypeOrmLogger(),
    poolErrorHandler: () => undefined,
    extra: {
      ...options.extra,
      max: poolSize,
      min: kept,
      statement_timeout: timeoutMs,
      query_timeout: timeoutMs + GRACE_MS,
      onConnect: outliveErrors,
    },
  });
}

/** Does work that takes long on one connection beside those of a data source, which is closed afterwards. */
export async function withSideConnection<Result>(
  dataSource: DataSource,
  timeoutMs: number,
  work: (side: DataSource) => Promise<Result>,
): Promise<Result> {
  const side = await sideDataSource(dataSource, { poolSize: 1, timeoutMs }).initialize();
  try {
    return await work(side);
  } finally {
    await side.destroy();
  }
}
