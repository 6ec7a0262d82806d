import { Observable, type Subscriber } from 'rxjs';
import { type JsonBody } from '../../protocol/json-body.js';
import { type RequestBody } from '../../protocol/request-body.js';
import { type TokenUsage } from '../../protocol/token-usage.js';
import {
  type Answer,
  type AnswerStream,
  type Capability,
  type ProviderCall,
  type StreamPart,
} from '../provider-adapter.interface.js';
import { type ContentControl, readControls } from './simulator.controls.js';
import { toSimulatedError } from './simulator.errors.js';
import { type SimulatorControls } from './simulator.types.js';

/** One operation of the simulator: everything but its pace and its failures. */
export interface SimulatedOperation<Request, Body extends RequestBody = JsonBody> {
  /** What a request can have it answer with. */
  readonly content: readonly ContentControl[];
  /**
   * Names the parameters that change nothing here.
   * @throws GatewayError for what would make another answer than was asked for.
   */
  report(call: ProviderCall<Request, Body>): void;
  answer(call: ProviderCall<Request, Body>, controls: SimulatorControls): Answer;
  /** Left out where there are no streams of it. */
  stream?(call: ProviderCall<Request, Body>, controls: SimulatorControls): SimulatedStream;
}

export interface SimulatedStream {
  /** As in `AnswerStream`. */
  readonly contentType?: string;
  readonly parts: readonly StreamPart[];
}

/** Plays an operation at the pace, and with the failure, that the request asks for. */
export class SimulatedCapability<Request, Body extends RequestBody = JsonBody> implements Capability<Request, Body> {
  readonly stream?: (call: ProviderCall<Request, Body>) => AnswerStream;

  constructor(private readonly operation: SimulatedOperation<Request, Body>) {
    if (operation.stream !== undefined) this.stream = (call) => this.play(call);
  }

  async answer(call: ProviderCall<Request, Body>): Promise<Answer> {
    const controls = await this.begin(call);
    if (controls.error !== undefined) throw toSimulatedError(controls.error);
    return this.operation.answer(call, controls);
  }

  private play(call: ProviderCall<Request, Body>): AnswerStream {
    const stream = new PlayedStream((subscriber) => {
      const run = async (): Promise<void> => {
        const controls = await this.begin(call);
        const { error, chunk_delay_ms: delay } = controls;
        const played = this.operation.stream?.(call, controls) ?? { parts: [] };
        stream.contentType = played.contentType;
        for (const part of played.parts.slice(0, error === undefined ? undefined : (error.after_chunks ?? 0))) {
          await stream.ready();
          if (subscriber.closed) return;
          subscriber.next(part);
          if (delay > 0) await call.cancellation.sleep(delay);
        }
        if (error !== undefined) throw toSimulatedError(error);
        subscriber.complete();
      };
      run().catch((error: unknown) => subscriber.error(error));
    });
    return stream;
  }

  private async begin(call: ProviderCall<Request, Body>): Promise<SimulatorControls> {
    this.operation.report(call);
    const controls = readControls(call.body.value, this.operation.content);
    if (controls.delay_ms > 0) await call.cancellation.sleep(controls.delay_ms);
    return controls;
  }
}

export function jsonAnswer(value: unknown, usage: TokenUsage | undefined): Answer {
  return { contentType: 'application/json', bytes: Buffer.from(JSON.stringify(value)), usage, textBytes: 0 };
}

/** A stream that goes to the client as it is: the events that OpenAI has for images and audio. */
export const EVENT_STREAM = 'text/event-stream; charset=utf-8';

/** One such event. @param usage with the last. */
export function eventPart(
  event: { readonly type: string; readonly [field: string]: unknown },
  usage?: TokenUsage,
): StreamPart {
  const bytes = Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  return { bytes, hasContent: true, textBytes: 0, ...(usage === undefined ? {} : { usage }) };
}

/** A stream that is held back while its reader does not read. */
class PlayedStream implements AnswerStream {
  readonly parts: Observable<StreamPart>;
  contentType: string | undefined;
  private waiting: Promise<void> | undefined;
  private release: (() => void) | undefined;

  constructor(begin: (subscriber: Subscriber<StreamPart>) => void) {
    this.parts = new Observable(begin);
  }

  pause(): void {
    this.waiting ??= new Promise((resolve) => {
      this.release = resolve;
    });
  }

  resume(): void {
    this.release?.();
    this.waiting = undefined;
  }

  ready(): Promise<void> | undefined {
    return this.waiting;
  }
}
