import { ConfigurableModuleBuilder, type DynamicModule, type Type } from '@nestjs/common';
import { type GatewayOptionsInput } from './config/validate-options.js';
import { MemoryStorageModule } from './memory-storage.module.js';

/** The options of `GatewayModule.forRoot`: those of the configuration file, and what a file cannot hold. */
export interface GatewayModuleOptions extends GatewayOptionsInput {
  /**
   * 32 random bytes that key the digests of stored API keys. Keys stored under one master key are not known under
   * another. Left out: random, so that stored keys live as long as the process.
   */
  masterKey?: Buffer;
}

export interface GatewayModuleExtras {
  /**
   * The module that keeps keys and usage records: one that exports `ApiKeyRepository` and `UsageRecordRepository`, such
   * as `PersistenceModule`. Default: in memory.
   */
  storage?: Type | DynamicModule;
}

const builder = new ConfigurableModuleBuilder<GatewayModuleOptions>()
  .setClassMethodName('forRoot')
  .setExtras<Required<GatewayModuleExtras>>({ storage: MemoryStorageModule }, (definition, { storage }) => ({
    ...definition,
    imports: [...(definition.imports ?? []), storage],
  }))
  .build();

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = builder;
