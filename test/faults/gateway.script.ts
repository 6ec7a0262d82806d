import 'reflect-metadata';
import dns from 'node:dns';
import { type AddressInfo } from 'node:net';
import { type Server } from 'node:http';
import { createInterface } from 'node:readline';
import { Injectable, Logger } from '@nestjs/common';
import { CallsInFlight } from '../../src/endpoints/calls-in-flight.js';
import { Extension } from '../../src/extensions/gateway-extension.interface.js';
import { MetricsService } from '../../src/extensions/metrics/metrics.service.js';
import { GatewayModule } from '../../src/gateway.module.js';
import { type GatewayModuleOptions } from '../../src/gateway.module-definition.js';
import { PersistenceModule } from '../../src/persistence/persistence.module.js';
import { createApplication } from '../../src/server/create-application.js';
import { PinoLogger } from '../../src/server/pino-logger.js';

/**
 * A gateway with the options of the first argument, and on its Postgres if it has one; its log goes to standard error. Each
 * call takes `workMs` of its CPU time. Says its port, and stays. On standard input it is asked how it is, and told what its
 * name server does.
 */
const { url, masterKey, workMs, ...options } = JSON.parse(process.argv[2] ?? '{}') as GatewayModuleOptions & {
  url?: string;
  masterKey: string;
  workMs?: number;
};

/** Milliseconds of this process. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

@Injectable()
@Extension()
class Work {
  onRequest(): void {
    const end = cpuTime() + (workMs ?? 0);
    while (cpuTime() < end);
  }
}

const storage = url === undefined ? {} : { storage: PersistenceModule.forRoot({ url }) };
const work = workMs === undefined ? {} : { extensionClasses: [Work] };
const module = GatewayModule.forRoot({ ...options, masterKey: Buffer.from(masterKey, 'hex'), ...storage, ...work });
const logger = new PinoLogger('info', process.stderr);
Logger.overrideLogger(logger);
const application = await createApplication(module, logger);
await application.listen(0, '127.0.0.1');
console.log(((application.getHttpServer() as Server).address() as AddressInfo).port);

const lookup = dns.lookup;
let areNamesFailing = false;
const answer = (name: string, ...rest: unknown[]): void => {
  if (!name.endsWith('.oracle.test')) {
    Reflect.apply(lookup, dns, [name, ...rest]);
    return;
  }
  const done = rest.at(-1) as (error: Error | null, found?: object[]) => void;
  const failure = Object.assign(new Error(`getaddrinfo EAI_AGAIN ${name}`), { code: 'EAI_AGAIN' });
  setImmediate(() => (areNamesFailing ? done(failure) : done(null, [{ address: '127.0.0.1', family: 4 }])));
};
dns.lookup = answer as typeof dns.lookup;

async function answerTo(line: string): Promise<unknown> {
  switch (line) {
    case 'calls':
      return application.get(CallsInFlight, { strict: false }).count;
    case 'metrics':
      return JSON.stringify(await application.get(MetricsService, { strict: false }).render());
    case 'times':
      return JSON.stringify({ cpu: cpuTime(), idle: performance.eventLoopUtilization().idle });
    default:
      areNamesFailing = line === 'names failing';
      return line;
  }
}

for await (const line of createInterface(process.stdin)) console.log(await answerTo(line));
