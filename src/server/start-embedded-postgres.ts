import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { EmbeddedPostgres } from './embedded-postgres.js';

/**
 * Starts the server's own Postgres, or shares that of another process on the same data directory.
 * @throws EmbeddedPostgresError
 */
export function startEmbeddedPostgres(dataDirectory: string): Promise<EmbeddedPostgres> {
  const logger = new Logger('EmbeddedPostgres');
  return EmbeddedPostgres.start(join(dataDirectory, 'postgres'), (line) =>
    // The server's own lines begin with their time; the others are about it, and rare.
    /^\d{4}-/.test(line) ? logger.debug(line) : logger.log(line),
  );
}
