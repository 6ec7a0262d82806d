import { type Abstract, type FactoryProvider, Module, type OnApplicationShutdown } from '@nestjs/common';
import { type DataSource } from 'typeorm';
import { AdminAuditRepository } from '../admin/admin-audit.repository.js';
import { AdminTokenRepository } from '../admin/admin-token.repository.js';
import { KeyAdministration } from '../admin/keys/key-administration.js';
import { OwnerAdministration } from '../admin/owners/owner-administration.js';
import { RoutingAdministration } from '../admin/routing-administration.js';
import { UsageQueries } from '../admin/usage/usage-queries.js';
import { ApiKeyRepository } from '../auth/api-key.repository.js';
import { ChangeFeed } from '../auth/change-feed.js';
import { IdempotencyRepository } from '../extensions/idempotency/idempotency.repository.js';
import { BudgetLedger } from '../extensions/budget/budget-ledger.js';
import { RetentionRepository } from '../extensions/retention/retention.repository.js';
import { RepricingRepository } from '../extensions/usage/repricing.repository.js';
import { AuditEntryRepository } from '../extensions/audit/audit-entry.repository.js';
import { UsageRecordRepository } from '../extensions/usage/usage-record.repository.js';
import { StoredRouting } from '../routing/stored-routing.js';
import { DatabaseConnection } from './database-connection.js';
import {
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
  type PersistenceModuleOptions,
} from './persistence.module-definition.js';
import { PostgresChangeFeed } from './postgres-change-feed.js';
import { TypeOrmAdminAuditRepository } from './repositories/typeorm-admin-audit.repository.js';
import { TypeOrmAdminTokenRepository } from './repositories/typeorm-admin-token.repository.js';
import { TypeOrmApiKeyRepository } from './repositories/typeorm-api-key.repository.js';
import { TypeOrmKeyAdministration } from './repositories/typeorm-key-administration.js';
import { TypeOrmOwnerAdministration } from './repositories/typeorm-owner-administration.js';
import { TypeOrmRoutingAdministration } from './repositories/typeorm-routing-administration.js';
import { TypeOrmRetentionRepository } from './repositories/typeorm-retention.repository.js';
import { TypeOrmUsageQueries } from './repositories/typeorm-usage-queries.js';
import { TypeOrmIdempotencyRepository } from './repositories/typeorm-idempotency.repository.js';
import { TypeOrmBudgetLedger } from './repositories/typeorm-budget-ledger.js';
import { TypeOrmRepricingRepository } from './repositories/typeorm-repricing.repository.js';
import { TypeOrmAuditEntryRepository } from './repositories/typeorm-audit-entry.repository.js';
import { TypeOrmUsageRecordRepository } from './repositories/typeorm-usage-record.repository.js';
import { schemaOf } from './schema-name.js';
import { UsagePartitionKeeper } from './usage-partition-keeper.js';

/**
 * The data source, connected and migrated unless the start went on without. A token of our own: the class `DataSource` itself is the host's token where
 * the host uses TypeORM too.
 */
export const PERSISTENCE_DATA_SOURCE = Symbol('nestgate.PersistenceDataSource');

/**
 * Keeps keys, budgets, usage and what administration needs in Postgres.
 * @example
 * PersistenceModule.forRoot({ url: 'postgresql://nestgate@localhost/nestgate' })
 */
@Module({
  providers: [
    {
      provide: DatabaseConnection,
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: (options: PersistenceModuleOptions) => DatabaseConnection.open(options),
    },
    {
      provide: PERSISTENCE_DATA_SOURCE,
      inject: [DatabaseConnection],
      useFactory: ({ dataSource }: DatabaseConnection) => dataSource,
    },
    repository(AdminAuditRepository, TypeOrmAdminAuditRepository),
    repository(AdminTokenRepository, TypeOrmAdminTokenRepository),
    repository(ApiKeyRepository, TypeOrmApiKeyRepository),
    repository(KeyAdministration, TypeOrmKeyAdministration),
    repository(OwnerAdministration, TypeOrmOwnerAdministration),
    {
      provide: ChangeFeed,
      inject: [PERSISTENCE_DATA_SOURCE, MODULE_OPTIONS_TOKEN],
      useFactory: (dataSource: DataSource, options: PersistenceModuleOptions) =>
        new PostgresChangeFeed(dataSource, options.schema ?? schemaOf(dataSource), options.pollInterval),
    },
    repository(BudgetLedger, TypeOrmBudgetLedger),
    repository(AuditEntryRepository, TypeOrmAuditEntryRepository),
    repository(IdempotencyRepository, TypeOrmIdempotencyRepository),
    repository(RepricingRepository, TypeOrmRepricingRepository),
    repository(RetentionRepository, TypeOrmRetentionRepository),
    repository(RoutingAdministration, TypeOrmRoutingAdministration),
    { provide: StoredRouting, useExisting: RoutingAdministration },
    repository(UsageQueries, TypeOrmUsageQueries),
    repository(UsageRecordRepository, TypeOrmUsageRecordRepository),
    {
      provide: UsagePartitionKeeper,
      inject: [DatabaseConnection, MODULE_OPTIONS_TOKEN],
      useFactory: (database: DatabaseConnection, options: PersistenceModuleOptions) =>
        new UsagePartitionKeeper(database, options.schema),
    },
  ],
  exports: [
    DatabaseConnection,
    PERSISTENCE_DATA_SOURCE,
    AdminAuditRepository,
    AdminTokenRepository,
    ApiKeyRepository,
    KeyAdministration,
    OwnerAdministration,
    ChangeFeed,
    BudgetLedger,
    AuditEntryRepository,
    IdempotencyRepository,
    RepricingRepository,
    RetentionRepository,
    RoutingAdministration,
    StoredRouting,
    UsageQueries,
    UsageRecordRepository,
  ],
})
export class PersistenceModule extends ConfigurableModuleClass implements OnApplicationShutdown {
  constructor(private readonly database: DatabaseConnection) {
    super();
  }

  /** The last of Nest's shutdown hooks: what is still in memory was stored in `beforeApplicationShutdown`. */
  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }
}

/** A repository on our tables, wherever they are. */
function repository<Repository>(
  provide: Abstract<Repository>,
  implementation: new (dataSource: DataSource, schema: string) => Repository,
): FactoryProvider<Repository> {
  return {
    provide,
    inject: [PERSISTENCE_DATA_SOURCE, MODULE_OPTIONS_TOKEN],
    useFactory: (dataSource: DataSource, options: PersistenceModuleOptions) =>
      new implementation(dataSource, options.schema ?? schemaOf(dataSource)),
  };
}
