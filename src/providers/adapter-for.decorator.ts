import { DiscoveryService } from '@nestjs/core';

/**
 * Marks a class as the adapter for one or more kinds of provider. The class is made by Nest like any other provider of
 * a module, and found when the application starts.
 *
 * @example
 * ```ts
 * @AdapterFor('acme')
 * export class AcmeAdapter implements ProviderAdapter { … }
 * ```
 */
export const AdapterKinds = DiscoveryService.createDecorator<readonly string[]>();

export const AdapterFor = (...kinds: [string, ...string[]]): ClassDecorator => AdapterKinds(kinds);
