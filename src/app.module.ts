import { join } from 'node:path';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { GatewayModule } from './gateway.module.js';
import { type RateLimiter } from './limits/rate-limiter.js';
import { otherMasterKeys } from './server/configuration/master-key.js';
import { type ServerConfiguration } from './server/configuration/server-configuration.js';
import { ClientDocumentController } from './server/client-document.controller.js';
import { databaseModule } from './server/database.module.js';
import { FirstKey } from './server/first-key.js';
import { HealthController } from './server/health.controller.js';
import { DirectRoutes } from './server/http/direct-routes.js';
import { Readiness } from './server/readiness.js';
import { TraceExport } from './server/trace-export.js';
import { TraceExportService } from './server/trace-export.service.js';

/** The standalone server: the gateway on Postgres, with what only a server needs. */
@Module({})
export class AppModule {
  static forRoot(
    configuration: ServerConfiguration,
    masterKey: Buffer,
    traces?: TraceExport,
    rateLimiter?: RateLimiter,
  ): DynamicModule {
    const storage = databaseModule(configuration);
    const { gateway: options } = configuration;
    const gateway = {
      ...options,
      metrics: { enabled: true, ...options.metrics },
      overload: { enabled: true, ...options.overload },
      journal: { directory: join(configuration.dataDirectory, 'journal'), ...options.journal },
      shutdown: { grace: 2_000, ...options.shutdown },
      tracing: { enabled: traces !== undefined, ...options.tracing },
    };
    const tracerProvider = traces?.tracerProvider ?? null;
    return {
      module: AppModule,
      imports: [
        DiscoveryModule,
        storage,
        GatewayModule.forRoot({
          ...gateway,
          masterKey,
          ...otherMasterKeys(configuration),
          storage,
          tracerProvider,
          rateLimiter: rateLimiter ?? null,
        }),
      ],
      controllers: [ClientDocumentController, HealthController],
      providers: [DirectRoutes, FirstKey, Readiness, ...(traces === undefined ? [] : traceExport(traces))],
    };
  }
}

function traceExport(traces: TraceExport): Provider[] {
  return [{ provide: TraceExport, useValue: traces }, TraceExportService];
}
