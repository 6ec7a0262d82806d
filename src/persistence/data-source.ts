import { Logger } from '@nestjs/common';
import pg from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { AdminAuditEntity } from './entities/admin-audit.entity.js';
import { AdminTokenEntity } from './entities/admin-token.entity.js';
import { ApiKeyEntity } from './entities/api-key.entity.js';
import { ChangeEntity } from './entities/change.entity.js';
import { IdempotencyKeyEntity } from './entities/idempotency-key.entity.js';
import {
  BudgetAccountEntity,
  BudgetAlertEntity,
  BudgetOwnerEntity,
  BudgetReservationEntity,
} from './entities/budget.entities.js';
import { KeyOwnerEntity } from './entities/key-owner.entity.js';
import { PriceVersionEntity } from './entities/price-version.entity.js';
import { RepricingEntity } from './entities/repricing.entity.js';
import { RequestAuditEntity } from './entities/request-audit.entity.js';
import { RoutingEntryEntity } from './entities/routing-entry.entity.js';
import { UsageRecordEntity } from './entities/usage-record.entity.js';
import { UsageByDayEntity, UsageByMonthEntity, UsageRollupEntity } from './entities/usage-rollup.entities.js';
import { isLostConnection, outliveErrors } from './lost-connection.js';
import { AddUnitsAndRepricing1764310000000 } from './migrations/1764310000000-add-units-and-repricing.js';
import { AddCostsAndTeams1764300000000 } from './migrations/1764300000000-add-costs-and-teams.js';
import { AddBudgets1764320000000 } from './migrations/1764320000000-add-budgets.js';
import { CreateKeysAndUsage1763900000000 } from './migrations/1763900000000-create-keys-and-usage.js';
import { CreateIdempotencyKeys1764330000000 } from './migrations/1764330000000-create-idempotency-keys.js';
import { LeaseBudgets1764360000000 } from './migrations/1764360000000-lease-budgets.js';
import { RollUpUsage1764350000000 } from './migrations/1764350000000-roll-up-usage.js';
import { CreateAdministration1764350000001 } from './migrations/1764350000001-create-administration.js';
import { AdministerKeys1764370000000 } from './migrations/1764370000000-administer-keys.js';
import { TellChanges1764370000001 } from './migrations/1764370000001-tell-changes.js';
import { AddKeyOwners1764370000002 } from './migrations/1764370000002-add-key-owners.js';
import { ChainAdminAudit1764370000003 } from './migrations/1764370000003-chain-admin-audit.js';
import { ScopeAdminTokens1764380000000 } from './migrations/1764380000000-scope-admin-tokens.js';
import { StoreRouting1764390000000 } from './migrations/1764390000000-store-routing.js';
import { IndexUsage1764400000000 } from './migrations/1764400000000-index-usage.js';
import { PartitionUsage1764410000000 } from './migrations/1764410000000-partition-usage.js';
import { IndexRareUsage1764420000000 } from './migrations/1764420000000-index-rare-usage.js';
import { TagUsage1764430000000 } from './migrations/1764430000000-tag-usage.js';
import { SumUsage1764440000000 } from './migrations/1764440000000-sum-usage.js';
import { AuditRequests1764340000000 } from './migrations/1764340000000-audit-requests.js';
import { DEFAULT_SCHEMA, quotedSchema } from './schema-name.js';
import { TypeOrmLogger } from './typeorm.logger.js';

export type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

export const ENTITIES = [
  AdminAuditEntity,
  AdminTokenEntity,
  ApiKeyEntity,
  ChangeEntity,
  IdempotencyKeyEntity,
  KeyOwnerEntity,
  BudgetAccountEntity,
  BudgetAlertEntity,
  BudgetOwnerEntity,
  BudgetReservationEntity,
  PriceVersionEntity,
  RepricingEntity,
  RequestAuditEntity,
  RoutingEntryEntity,
  UsageRecordEntity,
  UsageByDayEntity,
  UsageByMonthEntity,
  UsageRollupEntity,
];
export const MIGRATIONS = [
  CreateKeysAndUsage1763900000000,
  AddCostsAndTeams1764300000000,
  AddUnitsAndRepricing1764310000000,
  AddBudgets1764320000000,
  CreateIdempotencyKeys1764330000000,
  AuditRequests1764340000000,
  RollUpUsage1764350000000,
  CreateAdministration1764350000001,
  LeaseBudgets1764360000000,
  AdministerKeys1764370000000,
  TellChanges1764370000001,
  AddKeyOwners1764370000002,
  ChainAdminAudit1764370000003,
  ScopeAdminTokens1764380000000,
  StoreRouting1764390000000,
  IndexUsage1764400000000,
  PartitionUsage1764410000000,
  IndexRareUsage1764420000000,
  TagUsage1764430000000,
  SumUsage1764440000000,
];
export const MIGRATIONS_TABLE = 'migration';

/** Where a Postgres server is. */
export type DatabaseAddress =
  | {
      /** `postgresql://user:password@host:port/database`, with the parameters libpq knows, such as `sslmode`. */
      readonly url: string;
    }
  | {
      /** A host's name, or the folder of the server's Unix socket. */
      readonly host: string;
      readonly port?: number;
      readonly user: string;
      readonly password?: string;
      readonly database: string;
    };

export interface DataSourceTuning {
  /** The Postgres schema of all tables: `nestgate` by default. */
  readonly schema?: string;
  /** Connections at most, 10 by default. */
  readonly poolSize?: number;
  /** Milliseconds after which Postgres gives up a statement, 5,000 by default; 0 for never. */
  readonly statementTimeoutMs?: number;
  /** Milliseconds to wait for a connection, 5,000 by default. */
  readonly connectTimeoutMs?: number;
  /** As which the connections show in `pg_stat_activity`: `nestgate` by default. */
  readonly applicationName?: string;
}

export type DataSourceSettings = DatabaseAddress & DataSourceTuning;

const logger = new Logger('Postgres');

/**
 * A data source for this package's tables; not connected yet.
 * @throws TypeError for a schema name that is not plain.
 */
export function createDataSource(settings: DataSourceSettings): DataSource {
  const schema = settings.schema ?? DEFAULT_SCHEMA;
  quotedSchema(schema);
  const statementTimeoutMs = settings.statementTimeoutMs ?? 5_000;
  return new DataSource({
    type: 'postgres',
    // TypeORM is the host's and would look for one of the host's, who need not have any.
    driver: pg,
    ...addressOptions(settings),
    schema,
    poolSize: settings.poolSize ?? 10,
    connectTimeoutMS: settings.connectTimeoutMs ?? 5_000,
    applicationName: settings.applicationName ?? 'nestgate',
    // Idle connections end when the server restarts or fails over; unheard, that error would end the process.
    poolErrorHandler: (error: unknown) => logger.warn(`An idle connection was lost: ${String(error)}`),
    // gen_random_uuid() is built in: no extension is ever asked for.
    uuidExtension: 'pgcrypto',
    installExtensions: false,
    entities: ENTITIES,
    migrations: MIGRATIONS,
    migrationsTableName: MIGRATIONS_TABLE,
    synchronize: false,
    logger: new TypeOrmLogger(),
    extra: {
      statement_timeout: statementTimeoutMs,
      // For a server that hangs and so cannot keep its own limit.
      query_timeout: statementTimeoutMs === 0 ? 0 : statementTimeoutMs + 1_000,
      idle_in_transaction_session_timeout: 60_000,
      onConnect: outliveErrors,
      keepAlive: true,
      // A connection whose other end vanished without a word is replaced after this time at the latest.
      maxLifetimeSeconds: 300,
    },
  });
}

/**
 * Connects; waits for a server that is only just starting, as it does under docker-compose.
 * @param patienceMs how long to try again while nobody answers or the server is not ready
 */
export async function connect(dataSource: DataSource, patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (let tries = 0; ; tries++) {
    try {
      await dataSource.initialize();
      return;
    } catch (error) {
      if (performance.now() > deadline || !isNotReady(error)) {
        throw error;
      }
      if (tries === 0) logger.log(`Waiting for Postgres, ${Math.ceil(patienceMs / 1000)} s at most`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function addressOptions(address: DatabaseAddress): Partial<PostgresOptions> {
  if ('url' in address) {
    return { url: address.url };
  }
  const { host, port, user, password, database } = address;
  return {
    host,
    // Otherwise PGPORT and PGSSLMODE of the environment would decide, which may be meant for another server.
    port: port ?? 5432,
    ...(host.startsWith('/') ? { ssl: false } : {}),
    username: user,
    ...(password === undefined ? {} : { password }),
    database,
  };
}

const NOT_READY_CODES: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENOENT', '57P03']);

/** Whether nobody answers, or not yet: who asks again later may be answered. */
export function isNotReady(error: unknown): boolean {
  if (error instanceof AggregateError) {
    return error.errors.every(isNotReady);
  }
  return (
    isLostConnection(error) ||
    (error instanceof Error && (('code' in error && NOT_READY_CODES.has(error.code)) || /timeout/.test(error.message)))
  );
}
