import { Observable, type Subscriber, type Subscription } from 'rxjs';
import { type TurnQueue } from '../collections/turn-queue.js';
import { GatewayError } from '../errors/gateway-error.js';
import { type CallContext } from '../events/call-context.js';
import { type AnswerStream, type StreamPart } from '../providers/provider-adapter.interface.js';

/** More than this is not read ahead of somebody who reads it. */
const MAX_HELD_BYTES = 64 * 1024;

/**
 * A stream that has shown its first content, and so is the answer. What came before that (roles, pings) was held back,
 * so that a provider that failed by then left no trace.
 */
export class CommittedStream implements AnswerStream {
  readonly parts: Observable<StreamPart>;
  private readonly held: StreamPart[] = [];
  private heldBytes = 0;
  private subscriber: Subscriber<StreamPart> | undefined;
  private subscription: Subscription | undefined;
  private outcome: { error?: GatewayError } | undefined;
  private isPaused = false;

  private constructor(
    private readonly source: AnswerStream,
    private readonly call: CallContext,
    private readonly onEnd: (error?: GatewayError) => void,
  ) {
    this.parts = new Observable((subscriber) => {
      this.subscriber = subscriber;
      for (const part of this.held.splice(0)) subscriber.next(part);
      // After them, since it may bring the next part at once; and not over the head of a reader who cannot take more.
      if (this.heldBytes > MAX_HELD_BYTES && !this.isPaused) this.source.resume();
      this.tell();
      return () => this.leave();
    });
  }

  /**
   * Starts the stream; ready at its first content.
   * @param begun where it waits for the others that are ready in the same turn of the event loop.
   * @param onEnd told once when it ends, whether well, badly or because nobody reads it any longer.
   * @throws GatewayError where it failed before.
   */
  static open(
    source: AnswerStream,
    call: CallContext,
    begun: TurnQueue<() => void>,
    onEnd: (error?: GatewayError) => void,
  ): Promise<CommittedStream> {
    const stream = new CommittedStream(source, call, onEnd);
    return new Promise((resolve, reject) => stream.start(() => begun.add(() => resolve(stream)), reject));
  }

  get contentType(): string | undefined {
    return this.source.contentType;
  }

  pause(): void {
    this.isPaused = true;
    this.source.pause();
  }

  resume(): void {
    this.isPaused = false;
    this.source.resume();
  }

  /** Nobody reads it, or will any more. */
  leave(): void {
    this.subscription?.unsubscribe();
    if (this.outcome !== undefined) return;
    // Who refuses what a provider answers does not say that the provider failed.
    const { cancelled, reason } = this.call.cancellation;
    this.onEnd(cancelled ? GatewayError.from(reason) : undefined);
  }

  private start(commit: () => void, reject: (error: GatewayError) => void): void {
    let committed = false;
    const { call } = this;
    this.subscription = this.source.parts.subscribe({
      next: (part) => {
        if (part.usage !== undefined) call.usage = part.usage;
        if (part.units !== undefined) call.units = part.units;
        call.textBytes += part.textBytes;
        if (this.subscriber !== undefined) this.subscriber.next(part);
        else this.hold(part);
        // What is too much to hold back is shown, or nobody would ever see what comes after it.
        if (!committed && (part.hasContent || this.heldBytes > MAX_HELD_BYTES)) {
          committed = true;
          call.firstChunkMs = call.elapsed();
          commit();
        }
      },
      error: (thrown: unknown) => {
        const error = GatewayError.from(thrown);
        if (!committed) {
          // What this try used is its own: the next one, or none, is what the call is answered by.
          const { lastAttempt } = call;
          if (lastAttempt !== undefined) {
            lastAttempt.wasted = call.usage;
            lastAttempt.wastedUnits = call.units;
          }
          call.usage = undefined;
          call.units = undefined;
          call.textBytes = 0;
          reject(error);
          return;
        }
        this.end({ error });
      },
      complete: () => {
        // A stream that ends well without content is an answer too: an empty one.
        if (!committed) commit();
        this.end({});
      },
    });
  }

  private hold(part: StreamPart): void {
    this.held.push(part);
    this.heldBytes += part.bytes.length;
    if (this.heldBytes > MAX_HELD_BYTES) this.source.pause();
  }

  private end(outcome: { error?: GatewayError }): void {
    this.outcome = outcome;
    this.onEnd(outcome.error);
    this.tell();
  }

  private tell(): void {
    if (this.outcome === undefined) return;
    if (this.outcome.error === undefined) this.subscriber?.complete();
    else this.subscriber?.error(this.outcome.error);
  }
}
