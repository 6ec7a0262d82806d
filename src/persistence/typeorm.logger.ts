import { Logger as NestLogger } from '@nestjs/common';
import { type Logger } from 'typeorm';

const logger = new NestLogger('Postgres');

/**
 * TypeORM's warnings through Nest's logger, and nothing else: failed statements and migrations are thrown to those who
 * asked for them, and the text and parameters of statements have no place in a log.
 */
export class TypeOrmLogger implements Logger {
  logQuery(): void {}

  logQueryError(): void {}

  logQuerySlow(): void {}

  logSchemaBuild(): void {}

  logMigration(): void {}

  log(level: 'log' | 'info' | 'warn', message: unknown): void {
    if (level === 'warn') {
      logger.warn(String(message));
    }
  }
}
