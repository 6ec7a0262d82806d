import { type DynamicModule, Module } from '@nestjs/common';
import { GatewayModule } from './gateway.module.js';
import { type ServerConfiguration } from './server/configuration/server-configuration.js';
import { databaseModule } from './server/database.module.js';
import { FirstKey } from './server/first-key.js';
import { HealthController } from './server/health.controller.js';
import { Readiness } from './server/readiness.js';

/** The standalone server: the gateway on Postgres, with what only a server needs. */
@Module({})
export class AppModule {
  static forRoot(configuration: ServerConfiguration, masterKey: Buffer): DynamicModule {
    const storage = databaseModule(configuration);
    const metrics = { enabled: true, ...configuration.gateway.metrics };
    return {
      module: AppModule,
      imports: [storage, GatewayModule.forRoot({ ...configuration.gateway, metrics, masterKey, storage })],
      controllers: [HealthController],
      providers: [FirstKey, Readiness],
    };
  }
}
