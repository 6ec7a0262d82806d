import { type CanActivate, Controller, type ControllerOptions, type Type } from '@nestjs/common';
import { GUARDS_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';

/** Where a host has routes of ours. */
export interface MountSettings {
  readonly prefix: string;
  readonly version: NonNullable<ControllerOptions['version']>;
  /** Asked before our own. */
  readonly guards: readonly (Type<CanActivate> | CanActivate)[];
}

/**
 * A class derived from a controller, since where a route is, and which guards it has, is written on the class: another
 * gateway of the application has it elsewhere.
 */
export function mounted(controller: Type<object>, { prefix, version, guards }: MountSettings): Type {
  const routes = class extends controller {};
  Object.defineProperty(routes, 'name', { value: controller.name });
  const paths = basesOf(controller).map((base) => joined(prefix, base));
  Controller({ path: paths, version })(routes);
  const own = (Reflect.getMetadata(GUARDS_METADATA, controller) ?? []) as unknown[];
  Reflect.defineMetadata(GUARDS_METADATA, [...guards, ...own], routes);
  return routes;
}

/** Where the routes of a controller begin. */
export function basesOf(controller: Type): string[] {
  return listOf(Reflect.getMetadata(PATH_METADATA, controller));
}

export function joined(...parts: readonly string[]): string {
  return parts.join('/').replaceAll(/\/+/g, '/');
}

export function listOf(metadata: unknown): string[] {
  return (Array.isArray(metadata) ? metadata : [metadata]) as string[];
}
