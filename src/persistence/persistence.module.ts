import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ApiKeyRepository } from '../auth/api-key.repository.js';
import { UsageRecordRepository } from '../extensions/usage/usage-record.repository.js';
import { connect, createDataSource } from './data-source.js';
import { migrate } from './migrate.js';
import {
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
  type PersistenceModuleOptions,
} from './persistence.module-definition.js';
import { TypeOrmApiKeyRepository } from './repositories/typeorm-api-key.repository.js';
import { TypeOrmUsageRecordRepository } from './repositories/typeorm-usage-record.repository.js';
import { schemaOf } from './schema-name.js';

/**
 * The connected and migrated data source. A token of our own: the class `DataSource` itself is the host's token where
 * the host uses TypeORM too.
 */
export const PERSISTENCE_DATA_SOURCE = Symbol('nestgate.PersistenceDataSource');

/**
 * Keeps keys and usage in Postgres.
 * @example
 * PersistenceModule.forRoot({ url: 'postgresql://nestgate@localhost/nestgate' })
 */
@Module({
  providers: [
    { provide: PERSISTENCE_DATA_SOURCE, inject: [MODULE_OPTIONS_TOKEN], useFactory: openDataSource },
    {
      provide: ApiKeyRepository,
      inject: [PERSISTENCE_DATA_SOURCE, MODULE_OPTIONS_TOKEN],
      useFactory: (dataSource: DataSource, options: PersistenceModuleOptions) =>
        new TypeOrmApiKeyRepository(dataSource, options.schema ?? schemaOf(dataSource)),
    },
    {
      provide: UsageRecordRepository,
      inject: [PERSISTENCE_DATA_SOURCE, MODULE_OPTIONS_TOKEN],
      useFactory: (dataSource: DataSource, options: PersistenceModuleOptions) =>
        new TypeOrmUsageRecordRepository(dataSource, options.schema ?? schemaOf(dataSource)),
    },
  ],
  exports: [PERSISTENCE_DATA_SOURCE, ApiKeyRepository, UsageRecordRepository],
})
export class PersistenceModule extends ConfigurableModuleClass implements OnApplicationShutdown {
  constructor(
    @Inject(PERSISTENCE_DATA_SOURCE) private readonly dataSource: DataSource,
    @Inject(MODULE_OPTIONS_TOKEN) private readonly options: PersistenceModuleOptions,
  ) {
    super();
  }

  /** The last of Nest's shutdown hooks: what is still in memory was stored in `beforeApplicationShutdown`. */
  async onApplicationShutdown(): Promise<void> {
    if (!('dataSource' in this.options) && this.dataSource.isInitialized) {
      await this.dataSource.destroy();
    }
  }
}

async function openDataSource(options: PersistenceModuleOptions): Promise<DataSource> {
  if ('dataSource' in options) {
    await migrate(options.dataSource, options.schema ?? schemaOf(options.dataSource));
    return options.dataSource;
  }
  const dataSource = createDataSource(options);
  await connect(dataSource, options.patienceMs ?? 15_000);
  try {
    await migrate(dataSource);
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
  return dataSource;
}
