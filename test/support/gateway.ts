import { type AddressInfo } from 'node:net';
import { type DynamicModule, type INestApplication, Module, type Provider, type Type } from '@nestjs/common';
import { type Server } from 'node:http';
import { vi } from 'vitest';
import { createApplication } from '../../src/server/create-application.js';
import { DirectRoutes } from '../../src/server/http/direct-routes.js';
import { type HttpSettings } from '../../src/server/http/nestgate-http.adapter.js';
import { GatewayModule } from '../../src/gateway.module.js';
import { type GatewayModuleExtras, type GatewayModuleOptions } from '../../src/gateway.module-definition.js';
import { MemoryUsageRecordRepository } from '../../src/extensions/usage/memory-usage-record.repository.js';
import { UsageRecordRepository } from '../../src/extensions/usage/usage-record.repository.js';
import { type UsageRecord } from '../../src/extensions/usage-record.js';
import { UsageRecordWriter } from '../../src/extensions/usage/usage-record-writer.js';

/** The client key of every gateway under test. */
export const TEST_KEY = 'sk-test-0123456789abcdef';

export interface GatewayUnderTest {
  readonly app: INestApplication;
  readonly port: number;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly key: string;
  /** The usage records so far, oldest first; those still on their way included. */
  records(): Promise<readonly UsageRecord[]>;
  close(): Promise<void>;
}

export interface GatewayUnderTestExtras {
  /** Providers of a host's module: adapters, extensions. */
  readonly providers?: Provider[];
  readonly imports?: (Type | DynamicModule)[];
  /** Of its HTTP server. */
  readonly http?: HttpSettings;
}

/**
 * The real gateway on a real socket, with its records in memory. Without a host's part in its routes it has the short way
 * to them that the standalone server has.
 */
export async function startGateway(
  options: GatewayModuleOptions & GatewayModuleExtras = {},
  { providers = [], imports = [], http = {} }: GatewayUnderTestExtras = {},
): Promise<GatewayUnderTest> {
  namedByChance();
  class HostModule {}
  Module({
    imports: [
      GatewayModule.forRoot({
        ...options,
        ...(options.auth === 'disabled' ? {} : { keys: options.keys ?? [{ name: 'test', secret: TEST_KEY }] }),
      }),
      ...imports,
    ],
    providers: hasHostsRoutes(options, imports) ? providers : [DirectRoutes, ...providers],
  })(HostModule);
  const app = await createApplication(HostModule, false, http);
  await app.listen(0, '127.0.0.1');
  const server = app.getHttpServer() as Server;
  const { port } = server.address() as AddressInfo;
  return {
    app,
    port,
    url: `http://127.0.0.1:${port}`,
    key: TEST_KEY,
    records: async () => {
      await app.get(UsageRecordWriter, { strict: false }).flush();
      const repository = app.get(UsageRecordRepository, { strict: false });
      return repository instanceof MemoryUsageRecordRepository ? repository.all() : [];
    },
    close: () => app.close(),
  };
}

function hasHostsRoutes(
  { prefix, version, endpoints, guards, principalResolver }: GatewayModuleExtras,
  imports: readonly unknown[],
): boolean {
  return (
    imports.length > 0 || [prefix, version, endpoints, guards, principalResolver].some((part) => part !== undefined)
  );
}

/** Nest names modules by chance: where a test has made that certain, those of the next application would have the same names. */
export function namedByChance(): void {
  if (vi.isMockFunction(Math.random)) vi.mocked(Math.random).mockRestore();
}
