import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CallCompleted, CallFailed } from '../../events/gateway-events.js';
import { GatewayEventBus } from '../../events/gateway-event-bus.js';
import { usageRecordOf } from './usage-of-call.js';
import { UsageRecordWriter } from './usage-record-writer.js';

/** Leaves one usage record for every admitted call. */
@Injectable()
export class UsageSubscriber implements OnModuleInit, OnApplicationShutdown {
  private stop: (() => void)[] = [];

  constructor(
    private readonly bus: GatewayEventBus,
    private readonly writer: UsageRecordWriter,
  ) {}

  onModuleInit(): void {
    this.stop = [
      this.bus.on(CallCompleted, ({ call }) => this.writer.add(usageRecordOf(call, 'completed'))),
      this.bus.on(CallFailed, ({ call, error, isAborted }) =>
        this.writer.add(usageRecordOf(call, isAborted ? 'aborted' : 'failed', error)),
      ),
    ];
  }

  async onApplicationShutdown(): Promise<void> {
    for (const stop of this.stop) stop();
    await this.writer.close();
  }
}
