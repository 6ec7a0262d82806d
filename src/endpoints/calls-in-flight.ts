import { type BeforeApplicationShutdown, Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import { PlacedList } from '../collections/placed-list.js';
import { type CallContext } from '../events/call-context.js';
import { CallAdmitted, CallCompleted, CallFailed } from '../events/gateway-events.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { MetricsRead } from '../events/metrics-read.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../gateway.settings.js';

/** Milliseconds that calls which are ended have to get there: an extension may have something to do yet. */
const ENDING_MS = 1_000;

/**
 * The calls under way. When the application shuts down, requests are taken for a moment yet, and calls may come to their
 * end; those that take too long are ended.
 */
@Injectable()
export class CallsInFlight implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger(CallsInFlight.name);
  private readonly calls = new PlacedList<CallContext>();
  private whenEmpty: (() => void) | undefined;
  private closing: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly bus: GatewayEventBus,
    @Inject(GATEWAY_SETTINGS) private readonly settings: Pick<GatewaySettings, 'shutdownGrace' | 'shutdownDrain'>,
  ) {}

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

  /** @throws GatewayError where requests are taken no longer. */
  checkOpen(): void {
    if (this.closed) throw shuttingDown();
  }

  /** Takes requests for the grace yet, and then no more. The first who asks begins it. @param grace in milliseconds. */
  close(grace: number = this.settings.shutdownGrace): Promise<void> {
    this.closing ??= this.closeAfter(grace);
    return this.closing;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.close();
    if (this.calls.length > 0) await new Promise<void>((resolve) => (this.whenEmpty = resolve));
  }

  /** Ends every call under way with `server_shutting_down`. */
  endAll(): void {
    for (const call of this.calls.snapshot()) call.cancellation.cancel(shuttingDown());
  }

  private async closeAfter(grace: number): Promise<void> {
    if (grace > 0) await new Promise((resolve) => setTimeout(resolve, grace));
    this.closed = true;
    // Also of those that are no calls yet, since their bodies are on their way.
    setTimeout(() => this.meetDeadline(), this.settings.shutdownDrain).unref();
  }

  private meetDeadline(): void {
    if (this.calls.length === 0) return;
    this.logger.warn(`${this.count} calls have not come to their end, and are ended`);
    this.endAll();
    setTimeout(() => this.whenEmpty?.(), ENDING_MS).unref();
  }
}

function shuttingDown(): GatewayError {
  return new GatewayError('server_shutting_down', { shouldRetry: true });
}
