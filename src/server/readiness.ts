import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { type DataSource } from 'typeorm';
import { PERSISTENCE_DATA_SOURCE } from '../persistence/persistence.module.js';

/** Whether the server should be given requests: its database answers, and it is not about to stop. */
@Injectable()
export class Readiness implements BeforeApplicationShutdown {
  private isStopping = false;

  constructor(@Inject(PERSISTENCE_DATA_SOURCE) private readonly dataSource: DataSource) {}

  beforeApplicationShutdown(): void {
    this.isStopping = true;
  }

  /** @returns what stands in the way; `undefined` when ready. */
  async obstacle(): Promise<'shutting_down' | 'database_unavailable' | undefined> {
    if (this.isStopping) return 'shutting_down';
    try {
      await this.dataSource.query('SELECT 1');
      return undefined;
    } catch {
      return 'database_unavailable';
    }
  }
}
