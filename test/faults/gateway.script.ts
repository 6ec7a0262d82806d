import 'reflect-metadata';
import { type AddressInfo } from 'node:net';
import { type Server } from 'node:http';
import { Injectable } from '@nestjs/common';
import { Extension } from '../../src/extensions/gateway-extension.interface.js';
import { GatewayModule } from '../../src/gateway.module.js';
import { type GatewayModuleOptions } from '../../src/gateway.module-definition.js';
import { PersistenceModule } from '../../src/persistence/persistence.module.js';
import { createApplication } from '../../src/server/create-application.js';

/**
 * A gateway with the options of the first argument, and on its Postgres if it has one. Each call keeps the process busy for
 * `workMs`. Says its port, and stays.
 */
const { url, masterKey, workMs, ...options } = JSON.parse(process.argv[2] ?? '{}') as GatewayModuleOptions & {
  url?: string;
  masterKey: string;
  workMs?: number;
};

@Injectable()
@Extension()
class Work {
  onRequest(): void {
    const end = performance.now() + (workMs ?? 0);
    while (performance.now() < end);
  }
}

const storage = url === undefined ? {} : { storage: PersistenceModule.forRoot({ url }) };
const work = workMs === undefined ? {} : { extensionClasses: [Work] };
const module = GatewayModule.forRoot({ ...options, masterKey: Buffer.from(masterKey, 'hex'), ...storage, ...work });
const application = await createApplication(module, false);
await application.listen(0, '127.0.0.1');
console.log(((application.getHttpServer() as Server).address() as AddressInfo).port);
