import { Injectable } from '@nestjs/common';
import { type PriceVersion, type RoutingEntry, type RoutingState } from '../routing/stored-routing.js';
import { AdminAuditRepository } from './admin-audit.repository.js';
import { RoutingAdministration, type RoutingDecision } from './routing-administration.js';

/** Keeps what requests are routed by while the process lives. */
@Injectable()
export class MemoryRoutingAdministration extends RoutingAdministration {
  private readonly entries = new Map<string, RoutingEntry>();
  private readonly prices = new Map<string, PriceVersion[]>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly audit: AdminAuditRepository) {
    super();
  }

  override read(): Promise<RoutingState> {
    return Promise.resolve(this.state());
  }

  override change<Result>(decide: RoutingDecision<Result>): Promise<Result> {
    const changed = this.last.then(async () => {
      const { put = [], remove, price, audit, result } = decide(this.state());
      await this.audit.append(audit);
      for (const entry of put) this.entries.set(entry.id, entry);
      if (remove !== undefined) this.entries.delete(remove.id);
      if (price !== undefined) this.prices.set(price.id, [...(this.prices.get(price.id) ?? []), price]);
      return result;
    });
    this.last = changed.catch(() => undefined);
    return changed;
  }

  override priceVersions(id: string): Promise<readonly PriceVersion[]> {
    return Promise.resolve(this.prices.get(id) ?? []);
  }

  private state(): RoutingState {
    const prices = [...this.prices.values()].flatMap((versions) => versions.at(-1) ?? []);
    return { entries: [...this.entries.values()], prices: prices.filter(({ isEnd }) => !isEnd) };
  }
}
