import { type AddressInfo } from 'node:net';
import { type Server } from 'node:http';
import { type LoggerService, Module, VersioningType } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Counter, Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Extension, type GatewayExtension } from '../../src/extensions/gateway-extension.interface.js';
import { GatewayModule } from '../../src/gateway.module.js';
import { CHAT_REQUEST } from '../support/chat-client.js';
import { TEST_KEY } from '../support/gateway.js';

const registry = new Registry();
registry.registerMetric(new Counter({ name: 'host_orders_total', help: 'Of the host.', registers: [] }));

@Extension({ name: 'clumsy' })
class ClumsyExtension implements GatewayExtension {
  onResponse(): never {
    throw new Error('tripped');
  }
}

@Module({
  imports: [
    GatewayModule.forRoot({
      prefix: 'ai',
      version: '2',
      metrics: { enabled: true },
      metricsRegistry: registry,
      extensionClasses: [ClumsyExtension],
      providers: [{ name: 'simulator', kind: 'simulator' }],
      keys: [{ name: 'test', secret: TEST_KEY }],
    }),
  ],
})
class HostModule {}

/** A logger as a host has it. */
class HostLogger implements LoggerService {
  readonly told: string[] = [];
  log = this.note;
  error = this.note;
  warn = this.note;

  private note(message: unknown): void {
    this.told.push(typeof message === 'string' ? message : JSON.stringify(message));
  }
}

describe('a gateway in a host with versions, a logger and a registry of its own', () => {
  const logger = new HostLogger();
  let app: Awaited<ReturnType<typeof NestFactory.create>>;
  let origin: string;
  const ask = (path: string): Promise<Response> =>
    fetch(origin + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...CHAT_REQUEST, model: 'simulator/echo' }),
    });

  beforeAll(async () => {
    app = await NestFactory.create(HostModule, { logger });
    app.enableVersioning({ type: VersioningType.URI });
    await app.listen(0, '127.0.0.1');
    origin = `http://127.0.0.1:${((app.getHttpServer() as Server).address() as AddressInfo).port}`;
  });

  afterAll(() => app.close());

  it('has its routes under the version that it was given, and nowhere else', async () => {
    const answer = await ask('/v2/ai/v1/chat/completions');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ object: 'chat.completion' });
    expect((await ask('/ai/v1/chat/completions')).status).toBe(404);
    expect((await ask('/v1/ai/v1/chat/completions')).status).toBe(404);
  });

  it('counts in the host’s registry, beside what is there', async () => {
    expect((await ask('/v2/ai/v1/chat/completions')).status).toBe(200);
    const metrics = await registry.metrics();
    expect(metrics).toContain('host_orders_total');
    expect(metrics).toMatch(/^nestgate_\w+\{.*model="simulator\/echo".*\} [1-9]/m);
  });

  it('says to the host’s logger what goes wrong', async () => {
    expect((await ask('/v2/ai/v1/chat/completions')).status).toBe(200);
    expect(logger.told.join('\n')).toMatch(/clumsy/);
  });
});
