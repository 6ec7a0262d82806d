import { type DynamicModule, Module } from '@nestjs/common';
import { GatewayModule, PersistenceModule, type ProviderOptions } from 'nestgate';
import { DataSource } from 'typeorm';
import { DatabaseModule } from '../../database/src/database.module.js';
import { StaffGuard } from '../../staff/src/staff.guard.js';
import { StaffModule } from '../../staff/src/staff.module.js';
import { StaffResolver } from '../../staff/src/staff.resolver.js';
import { Confidential } from './confidential.extension.js';

/** The company's gateway: for its people under `/ai`, for its services by `GatewayService`. */
@Module({})
export class LlmModule {
  static forRoot(providers: ProviderOptions[]): DynamicModule {
    const gateway = GatewayModule.forRoot({
      prefix: 'ai',
      endpoints: ['chat', 'embeddings', 'models'],
      imports: [StaffModule],
      guards: [StaffGuard],
      principalResolver: StaffResolver,
      extensionClasses: [Confidential],
      providers,
      aliases: { fast: 'house/echo' },
      storage: PersistenceModule.forRootAsync({
        imports: [DatabaseModule],
        inject: [DataSource],
        useFactory: (dataSource: DataSource) => ({ dataSource, schema: 'llm_gateway' }),
      }),
    });
    return { module: LlmModule, imports: [gateway], exports: [gateway] };
  }
}
