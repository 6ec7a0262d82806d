import { Injectable, Logger } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { type GatewayError } from '../errors/gateway-error.js';
import { type CallContext } from '../events/call-context.js';
import { CallChunk } from '../events/gateway-events.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { type ChatCompletion, type ChatCompletionChunk } from '../protocol/chat-completions.js';
import { isObject, parseJson } from '../protocol/json.js';
import { Extension, type GatewayExtension } from './gateway-extension.interface.js';

type Hook = keyof GatewayExtension;
type With<H extends Hook> = GatewayExtension & Required<Pick<GatewayExtension, H>>;

/** Runs the hooks of all extensions, in their order. What nobody hooks into costs nothing. */
@Injectable()
export class ExtensionPipeline {
  private readonly logger = new Logger(ExtensionPipeline.name);
  private found: readonly GatewayExtension[] | undefined;
  private readonly hooked = new Map<Hook, readonly GatewayExtension[]>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly bus: GatewayEventBus,
  ) {}

  /** @returns a promise only where there is something to wait for. */
  onRequest(call: CallContext): void | Promise<void> {
    const extensions = this.with('onRequest');
    if (extensions.length > 0) return this.runRequestHooks(extensions, call);
  }

  onCacheLookup(call: CallContext): undefined | Promise<ChatCompletion | undefined> {
    if (call.streaming || !call.operation.isCached) return undefined;
    const extensions = this.with('onCacheLookup');
    return extensions.length === 0 ? undefined : this.firstCached(extensions, call);
  }

  /** @param bytes of the answer, parsed only if somebody wants to see it. */
  onResponse(call: CallContext, bytes: Buffer): void | Promise<void> {
    if (!isChat(call)) return;
    const extensions = this.with('onResponse');
    if (extensions.length > 0) return this.runResponseHooks(extensions, call, bytes);
  }

  /** Shows the chunks of a stream, given as whole events, to who wants to see them; `undefined` where nobody does. */
  chunkWatcher(call: CallContext): ((events: Buffer) => void) | undefined {
    if (!isChat(call)) return undefined;
    const extensions = this.with('onChunk');
    const isWatched = this.bus.hasListener(CallChunk);
    if (extensions.length === 0 && !isWatched) return undefined;
    return (events) => {
      for (const chunk of chunksOf(events)) {
        for (const extension of extensions) this.guarded('onChunk', () => extension.onChunk(call, chunk));
        if (isWatched) this.bus.emit(new CallChunk(call, chunk));
      }
    };
  }

  async onError(call: CallContext, error: GatewayError): Promise<void> {
    for (const extension of this.with('onError')) {
      await this.guardedAsync('onError', async () => extension.onError(call, error));
    }
  }

  private async runRequestHooks(extensions: readonly With<'onRequest'>[], call: CallContext): Promise<void> {
    for (const extension of extensions) await extension.onRequest(call);
  }

  private async firstCached(
    extensions: readonly With<'onCacheLookup'>[],
    call: CallContext,
  ): Promise<ChatCompletion | undefined> {
    for (const extension of extensions) {
      const cached = await this.guardedAsync('onCacheLookup', async () => extension.onCacheLookup(call));
      if (cached !== undefined) return cached;
    }
    return undefined;
  }

  private async runResponseHooks(
    extensions: readonly With<'onResponse'>[],
    call: CallContext,
    bytes: Buffer,
  ): Promise<void> {
    const response = parseJson(bytes.toString('utf8')) as ChatCompletion;
    for (const extension of extensions) {
      await this.guardedAsync('onResponse', async () => extension.onResponse(call, response));
    }
  }

  private with<H extends Hook>(hook: H): readonly With<H>[] {
    let extensions = this.hooked.get(hook);
    if (extensions === undefined) {
      this.found ??= this.discover();
      extensions = this.found.filter((extension) => extension[hook] !== undefined);
      this.hooked.set(hook, extensions);
    }
    return extensions as readonly With<H>[];
  }

  private discover(): GatewayExtension[] {
    return this.discovery
      .getProviders({ metadataKey: Extension.KEY })
      .map((wrapper) => ({
        extension: wrapper.instance as GatewayExtension,
        order: this.discovery.getMetadataByDecorator(Extension, wrapper)?.order ?? 0,
      }))
      .sort((a, b) => a.order - b.order)
      .map(({ extension }) => extension);
  }

  private guarded(hook: Hook, run: () => unknown): void {
    try {
      const result = run();
      // Nobody waits for one that is async after all; but a rejection that nobody hears of would end the process.
      if (result instanceof Promise) void this.guardedAsync(hook, () => result);
    } catch (error) {
      this.logger.error(`An extension failed in ${hook}`, error);
    }
  }

  private async guardedAsync<Result>(hook: Hook, run: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await run();
    } catch (error) {
      this.logger.error(`An extension failed in ${hook}`, error);
      return undefined;
    }
  }
}

/** What the hooks are shown is chat: they would not know a vector or a sound. */
const isChat = ({ operation }: CallContext): boolean => operation.capability === 'chat';

function chunksOf(events: Buffer): ChatCompletionChunk[] {
  return events
    .toString('utf8')
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => parseJson(line.slice('data:'.length)))
    .filter(isObject) as unknown[] as ChatCompletionChunk[];
}
