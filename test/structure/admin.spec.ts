import 'reflect-metadata';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EXCEPTION_FILTERS_METADATA, GUARDS_METADATA, METHOD_METADATA } from '@nestjs/common/constants.js';
import { describe, expect, it } from 'vitest';
import { AdminGuard } from '../../src/admin/admin.guard.js';
import { AdminModule } from '../../src/admin/admin.module.js';
import { MetricsController } from '../../src/admin/metrics/metrics.controller.js';
import { ProblemFilter } from '../../src/admin/problem.filter.js';

type Controller = abstract new (...dependencies: never[]) => object;

const FOLDER = join(import.meta.dirname, '../../src/admin');
/** What may be asked without a token. Nothing is added here without a reason that docs/administer.md gives. */
const OPEN: ReadonlySet<Controller> = new Set([MetricsController]);

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

  it('answers errors as problems', () => {
    expect(Reflect.getMetadata(EXCEPTION_FILTERS_METADATA, controller)).toContain(ProblemFilter);
  });

  it('stands under admin/, unless it is open', () => {
    const path = String(Reflect.getMetadata('path', controller));
    expect(path.startsWith('admin/')).toBe(!OPEN.has(controller));
  });
});

function isController(value: unknown): boolean {
  if (typeof value !== 'function') return false;
  const prototype = value.prototype as object;
  return Object.getOwnPropertyNames(prototype).some((name) => {
    const method: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value;
    return typeof method === 'function' && Reflect.hasMetadata(METHOD_METADATA, method);
  });
}
