import { Injectable, Logger, type Type } from '@nestjs/common';
import { Observable } from 'rxjs';

type Listener = (event: object) => unknown;

/**
 * Tells subscribers what happens to calls. They only watch: each hears an event at once, on the call's own time, so
 * they must be quick; what one throws is logged and harms nobody else.
 */
@Injectable()
export class GatewayEventBus {
  private readonly logger = new Logger(GatewayEventBus.name);
  private readonly listeners = new Map<unknown, Listener[]>();

  /** Whether anybody listens for events of this type: those that cost something to make are made only then. */
  hasListener(type: Type): boolean {
    return this.listeners.has(type);
  }

  emit(event: object): void {
    const listeners = this.listeners.get(event.constructor);
    if (listeners === undefined) return;
    for (const listener of listeners) {
      try {
        const result = listener(event);
        // A rejection that nobody hears of would end the process.
        if (result instanceof Promise) result.catch((error: unknown) => this.report(event, error));
      } catch (error) {
        this.report(event, error);
      }
    }
  }

  /** @returns the way to stop listening. */
  on<Event extends object>(type: Type<Event>, listener: (event: Event) => void): () => void {
    // An emitted event is looked up by its class, so a listener gets no other.
    const entry = listener as Listener;
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), entry]);
    return () => {
      const rest = (this.listeners.get(type) ?? []).filter((other) => other !== entry);
      if (rest.length > 0) this.listeners.set(type, rest);
      else this.listeners.delete(type);
    };
  }

  /** The events of one type as an Observable. */
  ofType<Event extends object>(type: Type<Event>): Observable<Event> {
    return new Observable((subscriber) => this.on(type, (event) => subscriber.next(event)));
  }

  private report(event: object, error: unknown): void {
    this.logger.error(`A subscriber of ${event.constructor.name} failed`, error);
  }
}
