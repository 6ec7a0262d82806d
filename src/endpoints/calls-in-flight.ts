import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import { type CallContext } from '../events/call-context.js';
import { CallAdmitted, CallCompleted, CallFailed } from '../events/gateway-events.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { MetricsRead } from '../events/metrics-read.js';
import { PlacedList } from '../events/placed-list.js';

const DRAIN_MS = 25_000;

/** The calls under way. When the application shuts down they may end; those that take too long are ended. */
@Injectable()
export class CallsInFlight implements OnModuleInit, BeforeApplicationShutdown {
  private readonly calls = new PlacedList<CallContext>();
  private whenEmpty: (() => void) | undefined;

  constructor(private readonly bus: GatewayEventBus) {}

  get count(): number {
    return this.calls.length;
  }

  onModuleInit(): void {
    const over = ({ call }: { call: CallContext }): void => {
      this.calls.remove(call);
      if (this.calls.length === 0) this.whenEmpty?.();
    };
    this.bus.on(CallAdmitted, ({ call }) => this.calls.add(call));
    this.bus.on(CallCompleted, over);
    this.bus.on(CallFailed, over);
    this.bus.on(MetricsRead, (read) => read.tell('calls_in_flight', this.count));
  }

  async beforeApplicationShutdown(): Promise<void> {
    const deadline = setTimeout(() => this.endAll(), DRAIN_MS);
    await new Promise<void>((resolve) => {
      this.whenEmpty = resolve;
      if (this.calls.length === 0) resolve();
    });
    clearTimeout(deadline);
  }

  /** Ends every call under way with `server_shutting_down`. */
  endAll(): void {
    for (const call of this.calls.snapshot()) {
      call.cancellation.cancel(new GatewayError('server_shutting_down', { shouldRetry: true }));
    }
  }
}
