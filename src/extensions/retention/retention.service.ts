import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  Optional,
} from '@nestjs/common';
import { GatewayEventBus } from '../../events/gateway-event-bus.js';
import { MetricsRead } from '../../events/metrics-read.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../gateway.settings.js';
import { RetentionRepository } from './retention.repository.js';

const INTERVAL_MS = 3_600_000;
const AUDIT_BATCH = 10_000;

/** Has the storage remove what is older than the settings say: at the start and every hour. */
@Injectable()
export class RetentionService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(RetentionService.name);
  private readonly removed = { usage_record: 0, request_audit: 0 };
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> | undefined;
  private isStopped = false;
  private stopTelling: () => void = () => undefined;

  constructor(
    private readonly bus: GatewayEventBus,
    @Inject(GATEWAY_SETTINGS) private readonly settings: Pick<GatewaySettings, 'retention'>,
    @Optional() private readonly repository?: RetentionRepository,
  ) {}

  onApplicationBootstrap(): void {
    const { repository } = this;
    const { usageDays, auditDays } = this.settings.retention;
    if (repository === undefined || (usageDays === undefined && auditDays === undefined)) return;
    this.stopTelling = this.bus.on(MetricsRead, (read) => {
      for (const [table, count] of Object.entries(this.removed)) read.tell('retention_removed_total', count, { table });
    });
    const work = (): void => {
      this.working ??= this.work(repository).finally(() => (this.working = undefined));
    };
    this.timer = setInterval(work, INTERVAL_MS).unref();
    work();
  }

  onApplicationShutdown(): void {
    // What is under way is a transaction, which is done or is not: nobody waits for a month to be counted.
    this.isStopped = true;
    clearInterval(this.timer);
    this.stopTelling();
  }

  private async work(repository: RetentionRepository): Promise<void> {
    const { usageDays, auditDays } = this.settings.retention;
    try {
      if (usageDays !== undefined) await this.removeUsage(repository, usageDays);
      if (auditDays !== undefined) await this.removeAuditEntries(repository, auditDays);
    } catch (error) {
      if (!this.isStopped) this.logger.warn(`What is too old cannot be removed at the moment: ${String(error)}`);
    }
  }

  private async removeUsage(repository: RetentionRepository, days: number): Promise<void> {
    while (!this.isStopped) {
      const removed = await repository.removeUsage(days);
      if (removed === undefined) return;
      this.removed.usage_record += removed.records;
      this.logger.log(`Removed ${removed.records} usage records of ${removed.place}, older than ${days} days`);
    }
  }

  private async removeAuditEntries(repository: RetentionRepository, days: number): Promise<void> {
    let count = 0;
    for (let batch = AUDIT_BATCH; batch === AUDIT_BATCH && !this.isStopped; count += batch) {
      batch = await repository.removeAuditEntries(days, AUDIT_BATCH);
      this.removed.request_audit += batch;
    }
    if (count > 0) this.logger.log(`Removed ${count} audit entries, older than ${days} days`);
  }
}
