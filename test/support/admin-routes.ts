import 'reflect-metadata';
import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { Reflector } from '@nestjs/core';
import { AdminModule } from '../../src/admin/admin.module.js';
import { type AdminScope } from '../../src/admin/admin-scopes.js';
import { NeedsScope } from '../../src/admin/needs-scope.decorator.js';

export type AdminController = abstract new (...dependencies: never[]) => object;

export interface AdminRouteUnderTest {
  readonly controller: AdminController;
  readonly method: string;
  /** As in `/admin/keys/:id`. */
  readonly path: string;
  readonly scope: AdminScope | undefined;
}

/** What a controller answers, as its decorators say. */
export function routesOf(controller: AdminController): AdminRouteUnderTest[] {
  const prefix = String(Reflect.getMetadata(PATH_METADATA, controller));
  return Object.values(Object.getOwnPropertyDescriptors(controller.prototype)).flatMap(({ value }) => {
    const handler: unknown = value;
    if (typeof handler !== 'function' || !Reflect.hasMetadata(METHOD_METADATA, handler)) return [];
    const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod];
    const path = `/${prefix}/${String(Reflect.getMetadata(PATH_METADATA, handler))}`.replaceAll(/\/+/g, '/');
    const scope = new Reflector().get(NeedsScope, handler) as AdminScope | undefined;
    return [{ controller, method, path: path.length > 1 ? path.replace(/\/$/, '') : path, scope }];
  });
}

/** Every route of the administration. */
export const ADMIN_ROUTES = (Reflect.getMetadata('controllers', AdminModule) as AdminController[]).flatMap(routesOf);
