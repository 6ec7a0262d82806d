import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { GatewayEventBus, UsageRecorded } from '../../src/index.js';

/** Adds up what each team has spent while the process lives, in pico-USD: 10¹² of them are a dollar. */
@Injectable()
export class CostByTeam implements OnModuleInit, OnModuleDestroy {
  readonly totals = new Map<string, bigint>();
  private stop = (): void => undefined;

  constructor(private readonly bus: GatewayEventBus) {}

  onModuleInit(): void {
    this.stop = this.bus.on(UsageRecorded, ({ record: { team, cost } }) => {
      if (team !== null && cost !== null) this.totals.set(team, (this.totals.get(team) ?? 0n) + cost);
    });
  }

  onModuleDestroy(): void {
    this.stop();
  }
}
