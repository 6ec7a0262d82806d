import {
  type CanActivate,
  type DynamicModule,
  Module,
  type OnModuleInit,
  type Type,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { DiscoveryModule, HttpAdapterHost } from '@nestjs/core';
import { ADMIN_CONTROLLERS, ADMIN_PROVIDERS } from './admin/admin.module.js';
import { ADMIN_SETTINGS, type AdminSettings } from './admin/admin.settings.js';
import { tokenDigests } from './admin/admin-token.js';
import { mounted } from './endpoints/mounted.js';
import { ConfigurationError } from './errors/configuration-error.js';

export interface GatewayAdminModuleOptions {
  /** What is administered: what `GatewayModule.forRoot` or `forRootAsync` gave, the same that the application imports. */
  gateway: DynamicModule;
  /** Stands before the routes, as `internal` before `/admin/keys`. Two gateways need two. Default: nothing. */
  prefix?: string;
  /** The host's guards, asked before the administrator's token is. Made by Nest, from what `imports` export. */
  guards?: readonly (Type<CanActivate> | CanActivate)[];
  /** Modules with what the guards need. */
  imports?: DynamicModule['imports'];
  /** The gateway's, which keys the digests of the tokens of administrators. */
  masterKey: Buffer;
  /** The gateway's too: tokens that were stored under them are still good. Default: none. */
  previousMasterKeys?: readonly Buffer[];
  /** The gateway's too. Default: none. */
  nextMasterKey?: Buffer;
  /** An administrator's token that is known without a database: 16 characters or more. Left out: stored ones alone. */
  token?: string;
}

/** Shorter ones can be guessed. */
const SHORTEST_TOKEN = 16;

/**
 * The administration of a gateway within a host's application, on the host's own port. On Express alone.
 *
 * @example
 * ```ts
 * const gateway = GatewayModule.forRoot({ prefix: 'ai', masterKey, providers });
 *
 * @Module({
 *   imports: [gateway, GatewayAdminModule.forRoot({ gateway, masterKey, prefix: 'ai', guards: [PlatformTeamGuard] })],
 * })
 * export class AppModule {}
 * ```
 * @publicApi
 */
@Module({})
export class GatewayAdminModule implements OnModuleInit {
  constructor(private readonly platform: HttpAdapterHost) {}

  /** @throws ConfigurationError */
  static forRoot(options: GatewayAdminModuleOptions): DynamicModule {
    const { gateway, prefix = '', guards = [], imports = [], masterKey, token } = options;
    if (token !== undefined && token.length < SHORTEST_TOKEN) {
      throw new ConfigurationError('token', 'is too short', `use ${SHORTEST_TOKEN} characters or more`);
    }
    const settings: AdminSettings = { digests: tokenDigests(masterKey, options), token };
    return {
      module: GatewayAdminModule,
      imports: [DiscoveryModule, gateway, ...imports],
      controllers: ADMIN_CONTROLLERS.map((one) => mounted(one, { prefix, version: VERSION_NEUTRAL, guards })),
      providers: [{ provide: ADMIN_SETTINGS, useValue: settings }, ...ADMIN_PROVIDERS],
    };
  }

  /** @throws ConfigurationError on a platform whose requests and responses it does not understand. */
  onModuleInit(): void {
    const type = this.platform.httpAdapter.getType();
    if (type === 'express') return;
    const remedy = 'administer it from an application on Express, or with the standalone server';
    throw new ConfigurationError('GatewayAdminModule', `does not work on ${type}`, remedy);
  }
}
