import {
  type CanActivate,
  ConfigurableModuleBuilder,
  type DynamicModule,
  Module,
  type ModuleMetadata,
  type OnModuleInit,
  type Type,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ADMIN_CONTROLLERS, ADMIN_PROVIDERS } from './admin/admin.module.js';
import { ADMIN_SETTINGS, type AdminSettings } from './admin/admin.settings.js';
import { tokenDigests } from './admin/admin-token.js';
import { mounted } from './endpoints/mounted.js';
import { ConfigurationError } from './errors/configuration-error.js';

/** The options of `GatewayAdminModule.forRoot`, or what the factory of `forRootAsync` gives. */
export interface GatewayAdminModuleOptions {
  /** The gateway's, which keys the digests of the tokens of administrators. */
  masterKey: Buffer;
  /** The gateway's too: tokens that were stored under them are still good. Default: none. */
  previousMasterKeys?: readonly Buffer[];
  /** The gateway's too. Default: none. */
  nextMasterKey?: Buffer;
  /** An administrator's token that is known without a database: 16 characters or more. Left out: stored ones alone. */
  token?: string;
}

/** What is said beside the options, or beside `useFactory`: it is there before anything is made. */
export interface GatewayAdminModuleExtras {
  /** What is administered: what `GatewayModule.forRoot` or `forRootAsync` gave, the same that the application imports. */
  gateway: DynamicModule;
  /** Stands before the routes, as `internal` before `/admin/keys`. Two gateways need two. Default: nothing. */
  prefix?: string;
  /** The host's guards, asked before the administrator's token is. Made by Nest, from what `imports` export. */
  guards?: readonly (Type<CanActivate> | CanActivate)[];
  /** Modules with what the guards need. */
  imports?: ModuleMetadata['imports'];
}

/** Shorter ones can be guessed. */
const SHORTEST_TOKEN = 16;

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<GatewayAdminModuleOptions>()
  .setClassMethodName('forRoot')
  .setExtras<Required<Omit<GatewayAdminModuleExtras, 'gateway'>> & { gateway: DynamicModule | null }>(
    { gateway: null, prefix: '', guards: [], imports: [] },
    (definition, { gateway, prefix, guards, imports = [] }): DynamicModule => {
      if (gateway === null) {
        throw new ConfigurationError('gateway', 'is not given', 'give what GatewayModule.forRoot or forRootAsync gave');
      }
      return {
        ...definition,
        // Those of `forRootAsync` are in the definition already.
        imports: [...new Set([...(definition.imports ?? []), gateway, ...imports])],
        controllers: ADMIN_CONTROLLERS.map((one) => mounted(one, { prefix, version: VERSION_NEUTRAL, guards })),
        providers: [
          ...(definition.providers ?? []),
          { provide: ADMIN_SETTINGS, inject: [MODULE_OPTIONS_TOKEN], useFactory: settingsOf },
          ...ADMIN_PROVIDERS,
        ],
      };
    },
  )
  .build();

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
export class GatewayAdminModule extends ConfigurableModuleClass implements OnModuleInit {
  constructor(private readonly platform: HttpAdapterHost) {
    super();
  }

  /** @throws ConfigurationError on a platform whose requests and responses it does not understand. */
  onModuleInit(): void {
    const type = this.platform.httpAdapter.getType();
    if (type === 'express') return;
    const remedy = 'administer it from an application on Express, or with the standalone server';
    throw new ConfigurationError('GatewayAdminModule', `does not work on ${type}`, remedy);
  }
}

/** @throws ConfigurationError */
function settingsOf({ masterKey, token, ...others }: GatewayAdminModuleOptions): AdminSettings {
  if (token !== undefined && token.length < SHORTEST_TOKEN) {
    throw new ConfigurationError('token', 'is too short', `use ${SHORTEST_TOKEN} characters or more`);
  }
  return { digests: tokenDigests(masterKey, others), token };
}
