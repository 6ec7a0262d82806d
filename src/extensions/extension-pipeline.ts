import { HttpException, Injectable, Logger } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import { toGatewayError } from '../errors/openai-error.filter.js';
import { type CallAnswer } from '../events/call-answer.js';
import { type CallContext } from '../events/call-context.js';
import { CallChunk, ExtensionFailed } from '../events/gateway-events.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { type ChatCompletion, type ChatCompletionChunk } from '../protocol/chat-completions.js';
import { isObject, parseJson } from '../protocol/json.js';
import { ExtensionRegistry, type RunningExtension } from './extension-registry.js';
import { type ExtensionAnswer, type GatewayExtension } from './gateway-extension.interface.js';
import { toCallAnswer } from './given-answer.js';

type Hook = Exclude<keyof GatewayExtension, 'configure'>;

/** One that has this hook. */
interface Hooked<H extends Hook> extends RunningExtension {
  readonly extension: GatewayExtension & Required<Pick<GatewayExtension, H>>;
}

type Awaitable<Value> = Value | Promise<Value>;

/** Runs the hooks of all extensions, in their order. What nobody hooks into costs nothing. */
@Injectable()
export class ExtensionPipeline {
  private readonly logger = new Logger(ExtensionPipeline.name);
  private readonly hooked = new Map<Hook, readonly RunningExtension[]>();

  constructor(
    private readonly registry: ExtensionRegistry,
    private readonly bus: GatewayEventBus,
  ) {}

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
   * @param bytes of the answer, parsed only if somebody wants to see it.
   * @returns the bytes that go to the client, where those are others.
   * @throws GatewayError where an extension refuses the answer.
   */
  onResponse(call: CallContext, bytes: Buffer): Awaitable<Buffer | undefined> {
    if (!isChat(call)) return undefined;
    const extensions = this.with('onResponse');
    return extensions.length === 0 ? undefined : this.showResponse(extensions, call, bytes);
  }

  /**
   * Shows the chunks of a stream, given as whole events, to who wants to see them, and returns what goes on in their
   * place: the same bytes where nobody changed anything. `undefined` where nobody wants to see any.
   *
   * The returned function throws a GatewayError where an extension refuses what comes.
   */
  chunkFilter(call: CallContext): ((events: Buffer) => Buffer) | undefined {
    if (!isChat(call)) return undefined;
    const extensions = this.with('onChunk');
    const isWatched = this.bus.hasListener(CallChunk);
    if (extensions.length === 0 && !isWatched) return undefined;
    return (events) => {
      const passed: ChatCompletionChunk[] = [];
      let isChanged = false;
      for (const chunk of chunksOf(events)) {
        const shown = this.showChunk(extensions, call, chunk);
        if (shown === undefined) passed.push(chunk);
        else {
          passed.push(...shown);
          isChanged = true;
        }
        if (isWatched) for (const one of shown ?? [chunk]) this.bus.emit(new CallChunk(call, one));
      }
      return isChanged ? Buffer.from(passed.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')) : events;
    };
  }

  async onError(call: CallContext, error: GatewayError): Promise<void> {
    for (const { name, extension } of this.with('onError')) {
      try {
        await extension.onError(call, error);
      } catch (thrown) {
        this.report(name, 'onError', call, thrown);
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
        this.failed(one, 'onRequest', call, error, 'refuse');
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
      if (one !== undefined) this.failed(one, 'onRequest', call, error, 'refuse');
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
        this.failed(one, 'onCacheLookup', call, error);
      }
    }
    return undefined;
  }

  /** @returns what goes on in its place; `undefined` where nobody changed anything. */
  private showChunk(
    extensions: readonly Hooked<'onChunk'>[],
    call: CallContext,
    chunk: ChatCompletionChunk,
  ): readonly ChatCompletionChunk[] | undefined {
    let current: readonly ChatCompletionChunk[] = [chunk];
    let isChanged = false;
    for (const one of extensions) {
      const next: ChatCompletionChunk[] = [];
      let isReplaced = false;
      for (const shown of current) {
        const replaced = this.guarded(one, 'onChunk', call, () => one.extension.onChunk(call, shown));
        if (Array.isArray(replaced)) {
          isReplaced = true;
          next.push(...(replaced as readonly ChatCompletionChunk[]));
        } else next.push(shown);
      }
      if (!isReplaced) continue;
      current = next;
      isChanged = true;
    }
    return isChanged ? current : undefined;
  }

  private async showResponse(
    extensions: readonly Hooked<'onResponse'>[],
    call: CallContext,
    bytes: Buffer,
  ): Promise<Buffer | undefined> {
    let response = parseJson(bytes.toString('utf8')) as ChatCompletion;
    let isChanged = false;
    for (const one of extensions) {
      try {
        const replaced = await one.extension.onResponse(call, response);
        if (replaced === undefined) continue;
        response = replaced;
        isChanged = true;
      } catch (error) {
        this.failed(one, 'onResponse', call, error);
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

  private guarded<Result>(one: RunningExtension, hook: Hook, call: CallContext, run: () => Result): Result | undefined {
    try {
      const result = run();
      // Nobody waits for one that is async after all; but a rejection that nobody hears of would end the process.
      if (result instanceof Promise) result.catch((error: unknown) => this.report(one.name, hook, call, error));
      return result;
    } catch (error) {
      this.failed(one, hook, call, error);
      return undefined;
    }
  }

  /** @throws GatewayError where the hook refused, or failed and must not. */
  private failed(
    one: RunningExtension,
    hook: Hook,
    call: CallContext,
    thrown: unknown,
    byDefault: 'refuse' | 'continue' = 'continue',
  ): void {
    if (GatewayError.isInstance(thrown)) throw thrown;
    if (thrown instanceof HttpException) throw toGatewayError(thrown);
    this.report(one.name, hook, call, thrown);
    if ((one.onFailure ?? byDefault) === 'refuse') throw new GatewayError('extension_failed', { cause: thrown });
  }

  private report(name: string, hook: Hook, call: CallContext, thrown: unknown): void {
    this.logger.error(`The extension ${name} failed in ${hook} (request ${call.requestId})`, thrown);
    this.bus.emit(new ExtensionFailed(call, name, hook, thrown));
  }
}

function answerBy({ name }: RunningExtension, call: CallContext, given: ExtensionAnswer): CallAnswer {
  call.answeredBy = name;
  return toCallAnswer(call, given);
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
