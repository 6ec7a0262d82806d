import { Injectable } from '@nestjs/common';
import { type GatewayError } from '../errors/gateway-error.js';
import { type CallAnswer } from '../events/call-answer.js';
import { type CallContext } from '../events/call-context.js';
import { CallChunk } from '../events/gateway-events.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { type ChatCompletion, type ChatCompletionChunk } from '../protocol/chat-completions.js';
import { parseJsonBytes } from '../protocol/json.js';
import { ChunkFilter } from './chunk-filter.js';
import { ExtensionFailures } from './extension-failures.js';
import { ExtensionRegistry, type RunningExtension } from './extension-registry.js';
import { type ExtensionAnswer, type GatewayExtension } from './gateway-extension.interface.js';
import { toCallAnswer } from './given-answer.js';

type Hook = Exclude<keyof GatewayExtension, 'configure' | 'watches' | 'onStreamEnd'>;

/** One that has this hook. */
interface Hooked<H extends Hook> extends RunningExtension {
  readonly extension: GatewayExtension & Required<Pick<GatewayExtension, H>>;
}

type Awaitable<Value> = Value | Promise<Value>;

const NONE: readonly never[] = [];

/** Runs the hooks of all extensions, in their order. What nobody hooks into costs nothing. */
@Injectable()
export class ExtensionPipeline {
  private readonly failures: ExtensionFailures;
  private readonly hooked = new Map<Hook, readonly RunningExtension[]>();

  constructor(
    private readonly registry: ExtensionRegistry,
    private readonly bus: GatewayEventBus,
  ) {
    this.failures = new ExtensionFailures(bus);
  }

  /**
   * @returns the answer of an extension that has one; a promise only where there is something to wait for.
   * @throws GatewayError where one refuses.
   */
  onRequest(call: CallContext): Awaitable<CallAnswer | undefined> {
    const extensions = this.with('onRequest');
    return extensions.length === 0 ? undefined : this.askEach(extensions, 0, call);
  }

  onCacheLookup(call: CallContext): Awaitable<CallAnswer | undefined> {
    const all = this.with('onCacheLookup');
    if (all.length === 0) return undefined;
    const isPlainChat = call.operation.isCached && !call.streaming;
    const extensions = isPlainChat ? all : all.filter(({ answers }) => answers === 'everything');
    return extensions.length === 0 ? undefined : this.firstCached(extensions, call);
  }

  /**
   * @param answer whose bytes are asked for, and parsed, only if somebody wants to see it.
   * @returns the bytes that go to the client, where those are others.
   * @throws GatewayError where an extension refuses the answer.
   */
  onResponse(call: CallContext, answer: Pick<CallAnswer, 'bytes'>): Awaitable<Buffer | undefined> {
    const extensions = this.watching('onResponse', call);
    return extensions.length === 0 ? undefined : this.showResponse(extensions, call, answer.bytes);
  }

  /**
   * Shows the chunks of a stream to who wants to see them. `undefined` where nobody wants to see any.
   * @throws GatewayError where one cannot say whether it does, and nothing may go on without it.
   */
  chunkFilter(call: CallContext): ChunkFilter | undefined {
    const extensions = this.watching('onChunk', call);
    const isWatched = isChat(call) && this.bus.hasListener(CallChunk);
    if (extensions.length === 0 && !isWatched) return undefined;
    const tell = isWatched ? (chunk: ChatCompletionChunk) => this.bus.emit(new CallChunk(call, chunk)) : undefined;
    return new ChunkFilter(extensions, call, this.failures, tell);
  }

  async onError(call: CallContext, error: GatewayError): Promise<void> {
    for (const { name, extension } of this.with('onError')) {
      try {
        await extension.onError(call, error);
      } catch (thrown) {
        this.failures.report(name, 'onError', call, thrown);
      }
    }
  }

  /** No promise is made as long as none of the hooks makes one: they stand in the way of every call. */
  private askEach(
    extensions: readonly Hooked<'onRequest'>[],
    from: number,
    call: CallContext,
  ): Awaitable<CallAnswer | undefined> {
    for (let at = from; at < extensions.length; at++) {
      const one = extensions[at];
      if (one === undefined) break;
      let result: Awaitable<ExtensionAnswer | void>;
      try {
        result = one.extension.onRequest(call);
      } catch (error) {
        this.failures.failed(one, 'onRequest', call, error, 'refuse');
        continue;
      }
      if (result instanceof Promise) return this.goOn(extensions, at, call, result);
      if (result !== undefined) return answerBy(one, call, result);
    }
    return undefined;
  }

  private async goOn(
    extensions: readonly Hooked<'onRequest'>[],
    at: number,
    call: CallContext,
    pending: Promise<ExtensionAnswer | void>,
  ): Promise<CallAnswer | undefined> {
    const one = extensions[at];
    try {
      const result = await pending;
      if (result !== undefined && one !== undefined) return answerBy(one, call, result);
    } catch (error) {
      if (one !== undefined) this.failures.failed(one, 'onRequest', call, error, 'refuse');
    }
    return this.askEach(extensions, at + 1, call);
  }

  private async firstCached(
    extensions: readonly Hooked<'onCacheLookup'>[],
    call: CallContext,
  ): Promise<CallAnswer | undefined> {
    for (const one of extensions) {
      try {
        const cached = await one.extension.onCacheLookup(call);
        if (cached !== undefined) return answerBy(one, call, cached);
      } catch (error) {
        this.failures.failed(one, 'onCacheLookup', call, error);
      }
    }
    return undefined;
  }

  private async showResponse(
    extensions: readonly Hooked<'onResponse'>[],
    call: CallContext,
    bytes: Buffer,
  ): Promise<Buffer | undefined> {
    let response = parseJsonBytes(bytes) as ChatCompletion;
    let isChanged = false;
    for (const one of extensions) {
      try {
        const replaced = await one.extension.onResponse(call, response);
        if (replaced === undefined) continue;
        response = replaced;
        isChanged = true;
      } catch (error) {
        this.failures.failed(one, 'onResponse', call, error);
      }
    }
    return isChanged ? Buffer.from(JSON.stringify(response)) : undefined;
  }

  private with<H extends Hook>(hook: H): readonly Hooked<H>[] {
    let extensions = this.hooked.get(hook);
    if (extensions === undefined) {
      extensions = this.registry.all().filter(({ extension }) => extension[hook] !== undefined);
      this.hooked.set(hook, extensions);
    }
    return extensions as readonly Hooked<H>[];
  }

  /** Those that have the hook and want to see the answer of this call. */
  private watching<H extends Hook>(hook: H, call: CallContext): readonly Hooked<H>[] {
    const all = this.with(hook);
    if (all.length === 0 || !hasChoices(call)) return NONE;
    let watching: Hooked<H>[] | undefined;
    for (const one of all) if (this.isWatching(one, call)) (watching ??= []).push(one);
    return watching ?? NONE;
  }

  /** @throws GatewayError where it cannot say so, and nothing may go on without it. */
  private isWatching(one: RunningExtension, call: CallContext): boolean {
    const { extension } = one;
    if (extension.watches === undefined) return isChat(call);
    try {
      return extension.watches(call);
    } catch (error) {
      this.failures.failed(one, 'watches', call, error);
      return false;
    }
  }
}

function answerBy({ name }: RunningExtension, call: CallContext, given: ExtensionAnswer): CallAnswer {
  call.answeredBy = name;
  return toCallAnswer(call, given);
}

/** What the hooks are shown is chat: they would not know a vector or a sound. */
const isChat = ({ operation }: CallContext): boolean => operation.capability === 'chat';

/** Text completions are shown to who says so. */
const hasChoices = (call: CallContext): boolean => isChat(call) || call.operation.capability === 'completions';
