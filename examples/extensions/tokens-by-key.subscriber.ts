import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CallCompleted, GatewayEventBus } from '../../src/index.js';

/** Adds up the output of each key while the process lives. */
@Injectable()
export class TokensByKey implements OnModuleInit, OnModuleDestroy {
  readonly totals = new Map<string, number>();
  private stop = (): void => undefined;

  constructor(private readonly bus: GatewayEventBus) {}

  onModuleInit(): void {
    this.stop = this.bus.on(CallCompleted, ({ call }) => {
      const { keyName } = call.principal;
      this.totals.set(keyName, (this.totals.get(keyName) ?? 0) + (call.usage?.output ?? 0));
    });
  }

  onModuleDestroy(): void {
    this.stop();
  }
}
