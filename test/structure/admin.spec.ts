import 'reflect-metadata';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EXCEPTION_FILTERS_METADATA, GUARDS_METADATA } from '@nestjs/common/constants.js';
import { describe, expect, it } from 'vitest';
import { AdminGuard } from '../../src/admin/admin.guard.js';
import { AdminModule } from '../../src/admin/admin.module.js';
import { ADMIN_SCOPES } from '../../src/admin/admin-scopes.js';
import { DocsController } from '../../src/admin/docs/docs.controller.js';
import { ExplainController } from '../../src/admin/explain/explain.controller.js';
import { MetricsController } from '../../src/admin/metrics/metrics.controller.js';
import { OpenApiController } from '../../src/admin/openapi/openapi.controller.js';
import { ProblemFilter } from '../../src/admin/problem.filter.js';
import { ADMIN_ROUTES, type AdminController as Controller, routesOf } from '../support/admin-routes.js';

const FOLDER = join(import.meta.dirname, '../../src/admin');
/** What may be asked without a token. Nothing is added here without a reason that docs/administer.md gives. */
const OPEN: ReadonlySet<Controller> = new Set([DocsController, MetricsController, OpenApiController]);
/** What only answers a question, though it is asked in a body. */
const ASKED: ReadonlySet<Controller> = new Set([ExplainController]);

const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.controller.ts'),
);

const controllers: Controller[] = [];
for (const file of files) {
  const exported = (await import(pathToFileURL(join(FOLDER, file)).href)) as Record<string, unknown>;
  controllers.push(...Object.values(exported).filter((value): value is Controller => isController(value)));
}

it('finds the controllers of the administration', () => {
  expect(controllers.length).toBe(files.length);
  expect(controllers.length).toBeGreaterThan(2);
});

it('serves them all', () => {
  const served = Reflect.getMetadata('controllers', AdminModule) as Controller[];
  expect(new Set(served)).toEqual(new Set(controllers));
});

describe.each(controllers.map((controller) => [controller.name, controller] as const))('%s', (_name, controller) => {
  it('asks for a token, on every route', () => {
    const guards = (Reflect.getMetadata(GUARDS_METADATA, controller) ?? []) as unknown[];
    expect(guards.includes(AdminGuard)).toBe(!OPEN.has(controller));
  });

  it('says which scope is needed, on every route', () => {
    for (const { method, path, scope } of routesOf(controller)) {
      if (OPEN.has(controller)) {
        expect(scope).toBeUndefined();
        continue;
      }
      expect(ADMIN_SCOPES, `${method} ${path}`).toContain(scope);
      const isReading = method === 'GET' || ASKED.has(controller);
      expect(scope, `${method} ${path}`).toMatch(isReading ? /:read$/ : /:write$/);
    }
  });

  it('answers errors as problems', () => {
    expect(Reflect.getMetadata(EXCEPTION_FILTERS_METADATA, controller)).toContain(ProblemFilter);
  });

  it('stands under admin/, unless it is open', () => {
    const path = String(Reflect.getMetadata('path', controller));
    expect(path.startsWith('admin/')).toBe(!OPEN.has(controller));
  });
});

it('has a route for every scope', () => {
  const needed = new Set(ADMIN_ROUTES.map(({ scope }) => scope));
  expect(ADMIN_SCOPES.filter((scope) => !needed.has(scope))).toEqual([]);
});

function isController(value: unknown): boolean {
  return typeof value === 'function' && routesOf(value as Controller).length > 0;
}
