import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { DatabaseConnection } from '../persistence/database-connection.js';

/** Whether the server should be given requests: its database answers, and it is not about to stop. */
@Injectable()
export class Readiness implements BeforeApplicationShutdown {
  private isStopping = false;

  constructor(private readonly database: DatabaseConnection) {}

  beforeApplicationShutdown(): void {
    this.stop();
  }

  /** The server is about to stop. */
  stop(): void {
    this.isStopping = true;
  }

  /** @returns what stands in the way; `undefined` when ready. */
  async obstacle(): Promise<'shutting_down' | 'database_unavailable' | undefined> {
    if (this.isStopping) return 'shutting_down';
    if (!this.database.isReady) return 'database_unavailable';
    try {
      await this.database.dataSource.query('SELECT 1');
      return undefined;
    } catch {
      return 'database_unavailable';
    }
  }
}
