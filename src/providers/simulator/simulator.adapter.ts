import { Injectable } from '@nestjs/common';
import { Observable } from 'rxjs';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { AdapterFor } from '../adapter-for.decorator.js';
import {
  type Answer,
  type AnswerStream,
  type Capability,
  type Provider,
  type ProviderAdapter,
  type ProviderCall,
  type StreamPart,
} from '../provider-adapter.interface.js';
import { toSimulatedError } from './simulator.errors.js';
import { readControls, simulate } from './simulator.request.js';
import { toAnswer } from './simulator.response.js';
import { toParts } from './simulator.stream.js';

/**
 * A provider without a model: it answers with what the request itself says, always the same, at a pace and with failures
 * of the caller's choosing. For a first look, and for the tests of applications.
 */
@Injectable()
@AdapterFor('simulator')
export class SimulatorAdapter implements ProviderAdapter {
  connect(): Provider {
    return { chat: new SimulatedChat(), listModels: () => Promise.resolve(['simulator/echo']) };
  }
}

class SimulatedChat implements Capability<ChatCompletionRequest> {
  async answer({ request, cancellation }: ProviderCall<ChatCompletionRequest>): Promise<Answer> {
    const controls = readControls(request);
    if (controls.delay_ms > 0) await cancellation.sleep(controls.delay_ms);
    if (controls.error !== undefined) throw toSimulatedError(controls.error);
    return toAnswer(simulate(request, controls));
  }

  stream({ request, cancellation }: ProviderCall<ChatCompletionRequest>): AnswerStream {
    const pace = new Pace();
    const parts = new Observable<StreamPart>((subscriber) => {
      const play = async (): Promise<void> => {
        const controls = readControls(request);
        if (controls.delay_ms > 0) await cancellation.sleep(controls.delay_ms);
        const showsUsage = request.stream_options?.include_usage === true;
        const all = toParts(simulate(request, controls), showsUsage);
        const fine = controls.error === undefined ? all : all.slice(0, controls.error.after_chunks ?? 0);
        for (const part of fine) {
          await pace.ready();
          if (subscriber.closed) return;
          subscriber.next(part);
          if (controls.chunk_delay_ms > 0) await cancellation.sleep(controls.chunk_delay_ms);
        }
        if (controls.error !== undefined) throw toSimulatedError(controls.error);
        subscriber.complete();
      };
      play().catch((error: unknown) => subscriber.error(error));
    });
    return { parts, pause: () => pace.pause(), resume: () => pace.resume() };
  }
}

/** Holds a stream back while its reader does not read. */
class Pace {
  private waiting: Promise<void> | undefined;
  private release: (() => void) | undefined;

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
