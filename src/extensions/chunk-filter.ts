import { AsyncResource } from 'node:async_hooks';
import { type CallContext } from '../events/call-context.js';
import { type ChatCompletionChunk } from '../protocol/chat-completions.js';
import { isObject, parseJson } from '../protocol/json.js';
import { type ExtensionFailures } from './extension-failures.js';
import { type RunningExtension } from './extension-registry.js';

/**
 * Shows the chunks of one stream to the extensions that want to see them, each what the one before it let pass, and in the
 * asynchronous context that it was made in.
 */
export class ChunkFilter {
  // What comes by itself comes in the context of who opened the connection to the provider: another call, perhaps.
  // Not `AsyncLocalStorage.snapshot`, which gives a function with getters: each keeps its stream (docs/performance.md).
  private readonly context = new AsyncResource('nestgate.ChunkFilter');

  /**
   * @param extensions those that have `onChunk`.
   * @param tell hears of every chunk that goes to the client.
   */
  constructor(
    private readonly extensions: readonly RunningExtension[],
    private readonly call: CallContext,
    private readonly failures: ExtensionFailures,
    private readonly tell?: (chunk: ChatCompletionChunk) => void,
  ) {}

  /**
   * @param events whole ones.
   * @returns what goes on in their place: the same bytes where nobody changed anything.
   * @throws GatewayError where an extension refuses what comes.
   */
  readonly pass = (events: Buffer): Buffer => this.context.runInAsyncScope(this.showAll, this, events);

  private showAll(events: Buffer): Buffer {
    const passed: ChatCompletionChunk[] = [];
    let isChanged = false;
    for (const chunk of chunksOf(events)) {
      const shown = this.show(chunk, 0);
      if (shown === undefined) passed.push(chunk);
      else {
        passed.push(...shown);
        isChanged = true;
      }
      if (this.tell !== undefined) for (const one of shown ?? [chunk]) this.tell(one);
    }
    return isChanged ? eventsOf(passed) : events;
  }

  /**
   * The stream has ended well. Without a promise where no extension wants to hear of it.
   * @returns what else goes to the client.
   * @throws GatewayError where an extension refuses.
   */
  end(): Buffer | undefined | Promise<Buffer | undefined> {
    return this.extensions.some(({ extension }) => extension.onStreamEnd !== undefined) ? this.endEach() : undefined;
  }

  private async endEach(): Promise<Buffer | undefined> {
    const passed: ChatCompletionChunk[] = [];
    for (const [at, one] of this.extensions.entries()) {
      try {
        const rest = await one.extension.onStreamEnd?.(this.call);
        // Those after it have not seen these.
        for (const chunk of rest ?? []) passed.push(...(this.show(chunk, at + 1) ?? [chunk]));
      } catch (error) {
        this.failures.failed(one, 'onStreamEnd', this.call, error);
      }
    }
    if (passed.length === 0) return undefined;
    if (this.tell !== undefined) passed.forEach(this.tell);
    return eventsOf(passed);
  }

  /** @returns what goes on in its place; `undefined` where nobody changed anything. */
  private show(chunk: ChatCompletionChunk, from: number): readonly ChatCompletionChunk[] | undefined {
    let current: readonly ChatCompletionChunk[] = [chunk];
    let isChanged = false;
    for (let at = from; at < this.extensions.length; at++) {
      const one = this.extensions[at];
      if (one === undefined) break;
      const next: ChatCompletionChunk[] = [];
      let isReplaced = false;
      for (const shown of current) {
        const replaced = this.ask(one, shown);
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

  private ask(one: RunningExtension, chunk: ChatCompletionChunk): unknown {
    try {
      const result: unknown = one.extension.onChunk?.(this.call, chunk);
      // Nobody waits for one that is async after all; but a rejection that nobody hears of would end the process.
      if (result instanceof Promise) {
        result.catch((error: unknown) => this.failures.report(one.name, 'onChunk', this.call, error));
      }
      return result;
    } catch (error) {
      this.failures.failed(one, 'onChunk', this.call, error);
      return undefined;
    }
  }
}

function eventsOf(chunks: readonly ChatCompletionChunk[]): Buffer {
  return Buffer.from(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join(''));
}

/** The chunks that whole events spell; what is none, as the end of a stream, is left out. */
export function chunksOf(events: Buffer): ChatCompletionChunk[] {
  return events
    .toString('utf8')
    .split(/\r?\n\r?\n/)
    .map((event) => parseJson(dataOf(event)))
    .filter(isObject) as unknown[] as ChatCompletionChunk[];
}

/** Lines of data are one text. */
function dataOf(event: string): string {
  const lines = event.split(/\r?\n/).filter((line) => line.startsWith('data:'));
  return lines.map((line) => line.slice('data:'.length)).join('\n');
}
