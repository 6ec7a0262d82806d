import { Module } from '@nestjs/common';
import { ApiKeyRepository } from './auth/api-key.repository.js';
import { MemoryApiKeyRepository } from './auth/memory-api-key.repository.js';
import { MemoryUsageRecordRepository } from './extensions/usage/memory-usage-record.repository.js';
import { UsageRecordRepository } from './extensions/usage/usage-record.repository.js';

/** Keeps keys and the latest usage records while the process lives: for trying out and for tests. */
@Module({
  providers: [
    { provide: ApiKeyRepository, useClass: MemoryApiKeyRepository },
    { provide: UsageRecordRepository, useClass: MemoryUsageRecordRepository },
  ],
  exports: [ApiKeyRepository, UsageRecordRepository],
})
export class MemoryStorageModule {}
