import { Inject, Injectable, type OnModuleInit, Optional, type Type } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { ConfigurationError } from '../errors/configuration-error.js';
import { type ExtensionOptions } from '../extension.options.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../gateway.settings.js';
import { Extension, type ExtensionMetadata, type GatewayExtension } from './gateway-extension.interface.js';

/** The extensions of one gateway, which are no business of another in the same application. */
export interface OwnExtensions {
  /** The module that provides them. */
  readonly module: Type;
  readonly extensions: readonly GatewayExtension[];
}

export const OWN_EXTENSIONS = Symbol('OWN_EXTENSIONS');

/** An extension with how it runs. */
export interface RunningExtension {
  readonly name: string;
  readonly order: number;
  /** `undefined`: as the hook has it. */
  readonly onFailure: 'refuse' | 'continue' | undefined;
  readonly answers: 'chat' | 'everything';
  readonly extension: GatewayExtension;
}

/** Knows the extensions, this gateway's own and those that a host's modules bring, in their order. */
@Injectable()
export class ExtensionRegistry implements OnModuleInit {
  private found: readonly RunningExtension[] | undefined;

  constructor(
    private readonly discovery: DiscoveryService,
    @Optional() @Inject(GATEWAY_SETTINGS) private readonly settings?: Pick<GatewaySettings, 'extensions' | 'keys'>,
    @Optional() @Inject(OWN_EXTENSIONS) private readonly own?: OwnExtensions,
  ) {}

  /** @throws ConfigurationError where the configuration names an extension that is not there. */
  onModuleInit(): void {
    const present = this.present();
    const known = new Set(present.map(({ name }) => name));
    const named = [
      ...(this.settings?.extensions ?? []).map(({ name }, at) => [name, `extensions[${at}].name`] as const),
      ...(this.settings?.keys ?? []).flatMap(({ extensions = [] }, key) =>
        extensions.map(({ name }, at) => [name, `keys[${key}].extensions[${at}].name`] as const),
      ),
    ];
    for (const [name, path] of named) {
      if (known.has(name)) continue;
      const remedy = `use one of: ${[...known].sort().join(', ')}`;
      throw new ConfigurationError(path, `names no extension that is there ("${name}")`, remedy);
    }
    this.all();
  }

  /** Those that are switched on, in their order, told their settings. */
  all(): readonly RunningExtension[] {
    this.found ??= this.start();
    return this.found;
  }

  private start(): RunningExtension[] {
    const running = this.present().filter(({ name }) => this.optionsOf(name)?.enabled !== false);
    for (const { name, extension } of running) extension.configure?.(this.optionsOf(name)?.settings ?? {});
    return running.sort((a, b) => a.order - b.order);
  }

  private present(): RunningExtension[] {
    const own = (this.own?.extensions ?? []).map((extension) =>
      this.describe(
        extension,
        Reflect.getMetadata(Extension.KEY, extension.constructor) as ExtensionMetadata | undefined,
      ),
    );
    const others = this.discovery
      .getProviders({ metadataKey: Extension.KEY })
      // Two gateways of one application have the same classes, each for itself.
      .filter(({ host }) => this.own === undefined || host?.metatype !== this.own.module)
      .map((wrapper) =>
        this.describe(wrapper.instance as GatewayExtension, this.discovery.getMetadataByDecorator(Extension, wrapper)),
      );
    return [...own, ...others];
  }

  private describe(extension: GatewayExtension, metadata: ExtensionMetadata = {}): RunningExtension {
    const name = metadata.name ?? extension.constructor.name;
    const options = this.optionsOf(name);
    return {
      name,
      order: options?.order ?? metadata.order ?? 0,
      onFailure: options?.onFailure ?? metadata.onFailure,
      answers: metadata.answers ?? 'chat',
      extension,
    };
  }

  private optionsOf(extension: string): ExtensionOptions | undefined {
    return this.settings?.extensions.find(({ name }) => name === extension);
  }
}
