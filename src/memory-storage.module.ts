import { Module } from '@nestjs/common';
import { AdminAuditRepository } from './admin/admin-audit.repository.js';
import { AdminTokenRepository } from './admin/admin-token.repository.js';
import { MemoryAdminAuditRepository } from './admin/memory-admin-audit.repository.js';
import { MemoryAdminTokenRepository } from './admin/memory-admin-token.repository.js';
import { MemoryRoutingAdministration } from './admin/memory-routing-administration.js';
import { RoutingAdministration } from './admin/routing-administration.js';
import { KeyAdministration } from './admin/keys/key-administration.js';
import { MemoryKeyAdministration } from './admin/keys/memory-key-administration.js';
import { MemoryOwnerAdministration } from './admin/owners/memory-owner-administration.js';
import { OwnerAdministration } from './admin/owners/owner-administration.js';
import { MemoryUsageQueries } from './admin/usage/memory-usage-queries.js';
import { UsageQueries } from './admin/usage/usage-queries.js';
import { ApiKeyRepository } from './auth/api-key.repository.js';
import { ChangeFeed } from './auth/change-feed.js';
import { MemoryApiKeyRepository } from './auth/memory-api-key.repository.js';
import { IdempotencyRepository } from './extensions/idempotency/idempotency.repository.js';
import { MemoryIdempotencyRepository } from './extensions/idempotency/memory-idempotency.repository.js';
import { BudgetLedger } from './extensions/budget/budget-ledger.js';
import { MemoryBudgetLedger } from './extensions/budget/memory-budget-ledger.js';
import { MemoryRepricingRepository } from './extensions/usage/memory-repricing.repository.js';
import { AuditEntryRepository } from './extensions/audit/audit-entry.repository.js';
import { MemoryAuditEntryRepository } from './extensions/audit/memory-audit-entry.repository.js';
import { MemoryUsageRecordRepository } from './extensions/usage/memory-usage-record.repository.js';
import { RepricingRepository } from './extensions/usage/repricing.repository.js';
import { UsageRecordRepository } from './extensions/usage/usage-record.repository.js';
import { StoredRouting } from './routing/stored-routing.js';

/** Keeps keys, budgets and the latest usage records while the process lives: for trying out and for tests. */
@Module({
  providers: [
    { provide: AdminAuditRepository, useClass: MemoryAdminAuditRepository },
    { provide: AdminTokenRepository, useClass: MemoryAdminTokenRepository },
    { provide: ApiKeyRepository, useClass: MemoryApiKeyRepository },
    ChangeFeed,
    { provide: KeyAdministration, useClass: MemoryKeyAdministration },
    { provide: OwnerAdministration, useClass: MemoryOwnerAdministration },
    { provide: AuditEntryRepository, useClass: MemoryAuditEntryRepository },
    { provide: IdempotencyRepository, useClass: MemoryIdempotencyRepository },
    { provide: RoutingAdministration, useClass: MemoryRoutingAdministration },
    { provide: StoredRouting, useExisting: RoutingAdministration },
    { provide: UsageQueries, useClass: MemoryUsageQueries },
    { provide: BudgetLedger, useClass: MemoryBudgetLedger },
    {
      provide: UsageRecordRepository,
      inject: [BudgetLedger],
      useFactory: (ledger: MemoryBudgetLedger) => new MemoryUsageRecordRepository(ledger),
    },
    {
      provide: RepricingRepository,
      inject: [UsageRecordRepository],
      useFactory: (records: MemoryUsageRecordRepository) => new MemoryRepricingRepository(records),
    },
  ],
  exports: [
    AdminAuditRepository,
    AdminTokenRepository,
    ApiKeyRepository,
    ChangeFeed,
    KeyAdministration,
    OwnerAdministration,
    BudgetLedger,
    AuditEntryRepository,
    IdempotencyRepository,
    RepricingRepository,
    RoutingAdministration,
    StoredRouting,
    UsageQueries,
    UsageRecordRepository,
  ],
})
export class MemoryStorageModule {}
