import 'reflect-metadata';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EXCEPTION_FILTERS_METADATA, GUARDS_METADATA } from '@nestjs/common/constants.js';
import { describe, expect, it } from 'vitest';
import { ApiKeyGuard } from '../../src/auth/api-key.guard.js';
import { OpenAiErrorFilter } from '../../src/errors/openai-error.filter.js';
import { GatewayModule } from '../../src/gateway.module.js';
import { ClientDocumentController } from '../../src/server/client-document.controller.js';
import { HealthController } from '../../src/server/health.controller.js';
import { type AdminController as Controller, routesOf } from '../support/admin-routes.js';

const SOURCE = join(import.meta.dirname, '../../src');
/** What may be asked without a key. Nothing is added here without a reason that docs/operate.md gives. */
const OPEN: ReadonlySet<string> = new Set([
  'ClientDocumentController',
  'HealthController',
  'MethodNotAllowedController',
]);

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.controller.ts') && !file.startsWith('admin'),
);

const controllers: Controller[] = [];
for (const file of files) {
  const exported = (await import(pathToFileURL(join(SOURCE, file)).href)) as Record<string, unknown>;
  controllers.push(...Object.values(exported).filter((value): value is Controller => typeof value === 'function'));
}

/** Classes of one gateway, each derived from what it serves. */
const served = (GatewayModule.forRoot({}).controllers ?? []) as Controller[];

/** What only the standalone server has. */
const OF_SERVER: readonly Controller[] = [ClientDocumentController, HealthController];

it('finds the controllers of the gateway, which serves them all', () => {
  const derivedFrom = served.map((controller) => Object.getPrototypeOf(controller) as Controller);
  const stood = derivedFrom.filter(({ name }) => name !== 'MethodNotAllowedController');
  expect(new Set(controllers)).toEqual(new Set([...stood, ...OF_SERVER]));
});

describe.each([...served, ...OF_SERVER].map((controller) => [controller.name, controller] as const))(
  '%s',
  (_name, controller) => {
    it('asks for a key, on every route', () => {
      const described = OF_SERVER.includes(controller) ? controller : (Object.getPrototypeOf(controller) as Controller);
      expect(routesOf(described).length).toBeGreaterThan(0);
      const guards = (Reflect.getMetadata(GUARDS_METADATA, controller) ?? []) as unknown[];
      expect(guards.includes(ApiKeyGuard)).toBe(!OPEN.has(controller.name));
    });

    it.skipIf(OF_SERVER.includes(controller))('answers errors in OpenAI’s envelope', () => {
      expect(Reflect.getMetadata(EXCEPTION_FILTERS_METADATA, controller)).toContain(OpenAiErrorFilter);
    });
  },
);
