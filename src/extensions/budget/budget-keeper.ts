import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../gateway.settings.js';
import { BudgetAlerts } from './budget-alerts.js';
import { BudgetLedger } from './budget-ledger.js';
import { BudgetReservations } from './budget-reservations.js';

/** Does for the ledger, now and then, what no call waits for. Not before a budget is used. */
@Injectable()
export class BudgetKeeper implements OnApplicationShutdown {
  private readonly logger = new Logger(BudgetKeeper.name);
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> | undefined;
  private isStopped = false;

  constructor(
    private readonly ledger: BudgetLedger,
    private readonly reservations: BudgetReservations,
    private readonly alerts: BudgetAlerts,
    @Inject(GATEWAY_SETTINGS)
    private readonly settings: Pick<GatewaySettings, 'budgetHeartbeatInterval' | 'budgetLostAfter'>,
  ) {}

  start(): void {
    if (this.timer !== undefined || this.isStopped) return;
    this.timer = setInterval(() => {
      this.working ??= this.work().finally(() => (this.working = undefined));
    }, this.settings.budgetHeartbeatInterval);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.timer);
    if (this.timer === undefined) return;
    await this.working;
    await this.reservations.free();
    await this.alerts.close();
  }

  private async work(): Promise<void> {
    try {
      await this.ledger.beat(this.reservations.owner);
      await this.reservations.free();
      const lost = await this.ledger.sweep(this.settings.budgetLostAfter);
      if (lost > 0) {
        this.logger.warn(`${lost} calls of a gateway that fell silent are charged what was reserved for them`);
      }
      this.alerts.deliver();
    } catch (error) {
      this.logger.warn(`Budgets cannot be kept at the moment (${String(error)})`);
    }
  }
}
