import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { type PersistenceModuleOptions } from '../persistence/persistence.module-definition.js';
import { PersistenceModule } from '../persistence/persistence.module.js';
import { type ServerConfiguration } from './configuration/server-configuration.js';
import { startEmbeddedPostgres } from './start-embedded-postgres.js';

/** Long enough for a server that is just starting. */
const PATIENCE_MS = 5_000;

const DATABASE = Symbol('DATABASE');

/** Where the server's Postgres is: one that runs already, or one started for it. */
interface Database {
  readonly options: PersistenceModuleOptions;
  stop(): Promise<void>;
}

/** Starts the embedded Postgres where no other is configured, and stops it after everybody who needs it. */
@Module({})
class PostgresModule implements OnApplicationShutdown {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  static forRoot(configuration: ServerConfiguration): DynamicModule {
    return {
      module: PostgresModule,
      providers: [{ provide: DATABASE, useFactory: () => openDatabase(configuration) }],
      exports: [DATABASE],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.database.stop();
  }
}

async function openDatabase({ databaseUrl, dataDirectory, gateway }: ServerConfiguration): Promise<Database> {
  if (databaseUrl !== undefined) {
    // Records can wait for it in the journal.
    const startsWithout = gateway.journal?.enabled !== false;
    const options = { url: databaseUrl, startsWithout, ...(startsWithout ? { patienceMs: PATIENCE_MS } : {}) };
    return { options, stop: () => Promise.resolve() };
  }
  const postgres = await startEmbeddedPostgres(dataDirectory);
  return { options: postgres.connection, stop: () => postgres.stop() };
}

/** The server's storage: a PersistenceModule on `DATABASE_URL`, or on the embedded Postgres. */
export function databaseModule(configuration: ServerConfiguration): DynamicModule {
  return PersistenceModule.forRootAsync({
    imports: [PostgresModule.forRoot(configuration)],
    inject: [DATABASE],
    useFactory: ({ options }: Database) => options,
  });
}
