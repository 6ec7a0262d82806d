import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { ChangeFeed } from '../auth/change-feed.js';
import { DeploymentsService } from '../dispatch/deployments.service.js';
import { RoutingSettings } from '../routing.settings.js';
import { RoutingComposer } from './routing-composer.js';
import { type RoutingState, StoredRouting } from './stored-routing.js';

const RETRY_MS = 2_000;

/** Has the gateway route by what is stored: from its start on, and whenever somebody has changed it, here or elsewhere. */
@Injectable()
export class RoutingFollower implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Routing');
  private running: Promise<void> | undefined;
  private isOutdated = false;
  private isClosed = false;
  private isFailing = false;
  private hasStored = false;
  private retry: NodeJS.Timeout | undefined;
  private unusable: ReadonlyMap<string, string> = new Map();
  private stop = (): void => undefined;

  /** Who brings storage of their own need not keep routing in it. */
  constructor(
    private readonly composer: RoutingComposer,
    private readonly deployments: DeploymentsService,
    private readonly routing: RoutingSettings,
    @Optional() private readonly stored?: StoredRouting,
    @Optional() private readonly feed?: ChangeFeed,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.stop =
      this.feed?.on((changes) => {
        if (changes.some(({ kind }) => kind === 'routing')) void this.follow();
      }) ?? this.stop;
    await this.follow();
  }

  onApplicationShutdown(): void {
    this.isClosed = true;
    clearTimeout(this.retry);
    this.stop();
  }

  /** Resolves when what is stored now holds here, or could not be read: then it is tried again by itself. */
  async follow(): Promise<void> {
    // Whoever reads already may have read before the change.
    this.isOutdated = true;
    this.running ??= this.run().finally(() => (this.running = undefined));
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.isOutdated && !this.isClosed && this.stored !== undefined) {
      this.isOutdated = false;
      try {
        this.apply(await this.stored.read());
        this.isFailing = false;
      } catch (error) {
        if (!this.isFailing) this.logger.warn(`Stored providers cannot be read, trying again: ${String(error)}`);
        this.isFailing = true;
        clearTimeout(this.retry);
        if (!this.isClosed) this.retry = setTimeout(() => void this.follow(), RETRY_MS).unref();
      }
    }
  }

  private apply(state: RoutingState): void {
    const isEmpty = state.entries.length === 0 && state.prices.length === 0;
    if (isEmpty && !this.hasStored) return;
    this.hasStored = true;
    const { options, plan, unusable } = this.composer.compose(state);
    this.deployments.replace(plan);
    this.routing.replace(options);
    for (const [name, reason] of unusable) {
      if (this.unusable.get(name) !== reason) this.logger.error(`Provider ${name} cannot be used: ${reason}`);
    }
    this.unusable = unusable;
  }
}
